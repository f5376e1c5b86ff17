import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { Actor } from "../core/actor.ts";
import { refuse } from "../core/app-error.ts";
import { callObject, hubOf } from "../core/objects.ts";
import { unwrap } from "../core/outcome.ts";
import { userOfTicket } from "../core/ticket-text.ts";
import type { HubUpgrade } from "../core/upgrade.ts";
import { ChannelId, UserId } from "../protocol/index.ts";
import { type AccessClaims, accessTokens } from "./access-tokens.ts";
import type { AppEnv } from "./context.ts";
import { offeredSubprotocols } from "./upgrade.ts";

/**
 * What the request's bearer token says: whose and which session's it is, until when. Refuses `unauthenticated` where there
 * is none, or not one of ours. Whether the session still lives is for `validateUser`, or a room's `hub.attach`, to ask.
 */
export async function authenticateToken(config: Config, request: Request): Promise<AccessClaims> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (!token) return refuse("unauthenticated", "Send `Authorization: Bearer` and an access token");
  return accessTokens(config).verify(token);
}

/** What the hub of a verified token's user says of its session. */
interface Checked {
  actor: Actor;
  /** The user is in the channel that was asked about. */
  holdsChannel: boolean;
}

/**
 * The user behind a token, by word of their hub, so that an ended session ends at once; else `unauthenticated`. `channelId`: the one
 * that the request names, if any.
 */
export async function validateUser(
  env: Env,
  { userId, sessionId, generation }: Pick<AccessClaims, "userId" | "sessionId"> & { generation?: number },
  channelId?: string,
): Promise<Checked> {
  if (channelId === undefined) {
    const actor = unwrap(await callObject(() => hubOf(env, userId).check(sessionId, generation)));
    return { actor, holdsChannel: false };
  }
  return unwrap(
    await callObject(() => hubOf(env, userId).checkWithChannel(sessionId, channelId, generation)),
  );
}

/** The channel in the request's path. */
function channelIn(c: Context<AppEnv>): string | undefined {
  const channelId = ChannelId.safeParse(c.req.param("channelId"));
  return channelId.success ? channelId.data : undefined;
}

async function admit(c: Context<AppEnv>, claims: Parameters<typeof validateUser>[1]): Promise<void> {
  const channelId = channelIn(c);
  const { actor, holdsChannel } = await validateUser(c.env, claims, channelId);
  c.set("actor", actor);
  if (holdsChannel && channelId !== undefined) c.set("heldChannelId", channelId);
}

/** Lets live sessions pass, as `c.var.actor`. What they are answered is theirs alone, so no cache may keep it. */
export const authenticate = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    await admit(c, await authenticateToken(c.var.config, c.req.raw));
    c.header("Cache-Control", "no-store");
    await next();
  });

/** What a client shows at the door of a WebSocket, and the user who it is thereby. */
export interface Shown {
  userId: string;
  proof: HubUpgrade["proof"];
}

/** `ticket.<user>.<random and MAC>` */
const ticketProtocol = /^ticket\.(.+)$/;

/**
 * A bearer token, verified, or else the ticket that is offered as a subprotocol. Both bear a MAC or signature of this Worker's, so
 * that nobody starts a hub by a made-up one; whether they are still good, the hub knows.
 */
export async function proofOf(config: Config, request: Request): Promise<Shown> {
  for (const name of request.headers.has("Authorization") ? [] : offeredSubprotocols(request)) {
    const [, ticket] = ticketProtocol.exec(name) ?? [];
    if (!ticket) continue;
    const user = UserId.safeParse(userOfTicket(config.REFRESH_TOKEN_KEY, ticket));
    return user.success
      ? { userId: user.data, proof: { ticket } }
      : refuse("unauthenticated", "No live session");
  }
  const { userId, sessionId, generation } = await authenticateToken(config, request);
  return { userId, proof: { sessionId, generation } };
}

/** As `authenticate`, at the door of a WebSocket: a ticket, which is used up by it, lets its session pass too. */
export const authenticateSocket = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { userId, proof } = await proofOf(c.var.config, c.req.raw);
    if ("ticket" in proof) {
      // Once: asked again, the hub would know it no more.
      const redeemed = await callObject(() => hubOf(c.env, userId).redeemTicket(proof.ticket), { tries: 1 });
      await admit(c, unwrap(redeemed));
    } else await admit(c, { userId, ...proof });
    await next();
  });
