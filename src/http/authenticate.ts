import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { CheckedActor } from "../domain/actor.ts";
import { reject } from "../errors/app-error.ts";
import { callObject, hubOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { userOfTicket } from "../domain/ticket-text.ts";
import type { HubUpgrade } from "../sockets/upgrade.ts";
import { ChannelId, UserId } from "../protocol/index.ts";
import { type AccessClaims, accessTokens } from "./access-tokens.ts";
import type { AppEnv } from "./context.ts";
import { offeredSubprotocols } from "./upgrade.ts";

/**
 * What the request's bearer token says: whose and which session's it is, until when. Refuses `unauthenticated` where there
 * is none, or not one of ours. Whether the session still lives is for `validateUser`, or a room's `hub.attach`, to ask.
 */
export async function verifyBearerToken(config: Config, request: Request): Promise<AccessClaims> {
  const token = bearerToken(request);
  if (!token) return reject("unauthenticated", "Send `Authorization: Bearer` and an access token");
  return accessTokens(config).verify(token);
}

/** An access token takes some 500 characters. */
const maxTokenLength = 4_096;

/** The token of the `Authorization` header; undefined where there is none that could be ours. */
export function bearerToken(request: Request): string | undefined {
  const header = request.headers.get("Authorization") ?? "";
  return header.length > maxTokenLength ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/**
 * Returns the user of a token's session, as the user's hub has it, so that an ended session ends at once.
 *
 * @param channelId A channel about which the same call asks whether the hub holds it.
 * @throws `unauthenticated`
 */
export async function requireLiveSession(
  env: Env,
  { userId, sessionId, generation }: Pick<AccessClaims, "userId" | "sessionId"> & { generation?: number },
  channelId?: string,
): Promise<CheckedActor> {
  return unwrap(await callObject(() => hubOf(env, userId).checkSession(sessionId, channelId, generation)));
}

/** Admits live sessions, as `c.var.actor`. The answers are for that user alone, so no cache may keep them. */
export const authenticate = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const claims = await verifyBearerToken(c.var.config, c.req.raw);
    setActor(c, await requireLiveSession(c.env, claims, channelInPath(c)));
    c.header("Cache-Control", "no-store");
    await next();
  });

/** What a client shows at the door of a WebSocket, and the user who it is thereby. */
export interface SocketProof {
  userId: string;
  proof: HubUpgrade["proof"];
}

/** `ticket.<user>.<random and MAC>` */
const ticketProtocol = /^ticket\.(.+)$/;

/**
 * A bearer token, verified, or else the ticket that is offered as a subprotocol. Both bear a MAC or signature of this Worker's, so
 * that nobody starts a hub by a made-up one; whether they are still good, the hub knows.
 */
export async function verifySocketProof(config: Config, request: Request): Promise<SocketProof> {
  for (const name of request.headers.has("Authorization") ? [] : offeredSubprotocols(request)) {
    const [, ticket] = ticketProtocol.exec(name) ?? [];
    if (!ticket) continue;
    const user = UserId.safeParse(userOfTicket(config.REFRESH_TOKEN_KEY, ticket));
    return user.success
      ? { userId: user.data, proof: { ticket } }
      : reject("unauthenticated", "No live session");
  }
  const { userId, sessionId, generation } = await verifyBearerToken(config, request);
  return { userId, proof: { sessionId, generation } };
}

/** As `authenticate`, at the door of a WebSocket: a ticket, which is used up by it, lets its session pass too. */
export const authenticateSocket = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { userId, proof } = await verifySocketProof(c.var.config, c.req.raw);
    const channelId = channelInPath(c);
    const checked =
      "ticket" in proof
        ? // Once: the first call uses the ticket up.
          unwrap(
            await callObject(() => hubOf(c.env, userId).redeemTicket(proof.ticket, channelId), { tries: 1 }),
          )
        : await requireLiveSession(c.env, { userId, ...proof }, channelId);
    setActor(c, checked);
    await next();
  });

/** Undefined where the path names no channel, or something that can't be the id of one. */
const channelInPath = (c: Context<AppEnv>): string | undefined =>
  ChannelId.safeParse(c.req.param("channelId")).data;

function setActor(c: Context<AppEnv>, { isAdmitted, ...actor }: CheckedActor): void {
  c.set("actor", actor);
  if (isAdmitted) c.set("admittedChannelId", channelInPath(c));
}
