import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { Actor } from "../core/actor.ts";
import { refuse } from "../core/app-error.ts";
import { callObject, hubOf } from "../core/objects.ts";
import { unwrap } from "../core/outcome.ts";
import { type AccessClaims, accessTokens } from "./access-tokens.ts";
import type { AppEnv } from "./context.ts";

/**
 * What the request's bearer token says: whose and which session's it is, until when. Refuses `unauthenticated` where there
 * is none, or not one of ours. Whether the session still lives is for `validateUser`, or a room's `hub.attach`, to ask.
 */
export async function authenticateToken(config: Config, request: Request): Promise<AccessClaims> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (!token) return refuse("unauthenticated", "Send `Authorization: Bearer` and an access token");
  return accessTokens(config).verify(token);
}

/** The user behind a token, by word of their hub, so that an ended session ends at once; else `unauthenticated`. */
export async function validateUser(env: Env, { userId, sessionId }: AccessClaims): Promise<Actor> {
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
