import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { Actor } from "../core/actor.ts";
import { refuse } from "../core/app-error.ts";
import { callObject, hubOf } from "../core/objects.ts";
import { unwrap } from "../core/outcome.ts";
import type { HubUpgrade } from "../core/upgrade.ts";
import { UserId } from "../protocol/index.ts";
import { type AccessClaims, accessTokens } from "./access-tokens.ts";
import type { AppEnv } from "./context.ts";
import { offeredSubprotocols, ticketOf } from "./upgrade.ts";

/**
 * What the request's bearer token says: whose and which session's it is, until when. Refuses `unauthenticated` where there
 * is none, or not one of ours. Whether the session still lives is for `validateUser`, or a room's `hub.attach`, to ask.
 */
export async function authenticateToken(config: Config, request: Request): Promise<AccessClaims> {
  const token = bearerToken(request);
  if (!token) return refuse("unauthenticated", "Send `Authorization: Bearer` and an access token");
  return accessTokens(config).verify(token);
}

/** An access token takes some 500 characters. */
const maxTokenLength = 4_096;

/** The token of the `Authorization` header; undefined where there is none that could be ours. */
export function bearerToken(request: Request): string | undefined {
  const header = request.headers.get("Authorization") ?? "";
  return header.length > maxTokenLength ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/** The user behind a token, by word of their hub, so that an ended session ends at once; else `unauthenticated`. */
export async function validateUser(
  env: Env,
  { userId, sessionId }: Pick<AccessClaims, "userId" | "sessionId">,
): Promise<Actor> {
  return unwrap(await callObject(() => hubOf(env, userId).check(sessionId)));
}

/** Lets live sessions pass, as `c.var.actor`. What they are answered is theirs alone, so no cache may keep it. */
export const authenticate = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const claims = await authenticateToken(c.var.config, c.req.raw);
    c.set("actor", await validateUser(c.env, claims));
    c.header("Cache-Control", "no-store");
    await next();
  });

/** What a client shows at the door of a WebSocket, and the user who it is thereby. */
export interface Shown {
  userId: string;
  proof: HubUpgrade["proof"];
}

/** A bearer token, verified, or else the ticket that is offered as a subprotocol, as it is: a hub has to see to what they stand for. */
export async function proofOf(config: Config, request: Request): Promise<Shown> {
  for (const name of request.headers.has("Authorization") ? [] : offeredSubprotocols(request)) {
    const offered = ticketOf(name);
    const user = UserId.safeParse(offered?.userId);
    if (offered && user.success) return { userId: user.data, proof: { ticket: offered.ticket } };
  }
  const { userId, sessionId } = await authenticateToken(config, request);
  return { userId, proof: { sessionId } };
}

/** As `authenticate`, at the door of a WebSocket: a ticket, which is used up by it, lets its session pass too. */
export const authenticateSocket = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { userId, proof } = await proofOf(c.var.config, c.req.raw);
    const actor =
      "ticket" in proof
        ? // Once: asked again, the hub would know it no more.
          unwrap(await callObject(() => hubOf(c.env, userId).redeemTicket(proof.ticket), { tries: 1 }))
        : await validateUser(c.env, { userId, sessionId: proof.sessionId });
    c.set("actor", actor);
    await next();
  });
