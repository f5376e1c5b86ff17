import { createMiddleware } from "hono/factory";
import type { Context } from "hono";
import { requireLiveSession, verifyBearerToken } from "./authenticate.ts";
import type { AppEnv } from "./context.ts";

/**
 * Makes a middleware that authenticates a read which belongs to no channel. It verifies the token and sets `c.var.caller`; the user's hub is
 * asked whether the session is live while the handler reads. `c.var.actor` is set once the hub has confirmed the session. Only for handlers
 * that write nothing, since they start before the hub answers.
 *
 * @throws `unauthenticated`, in the middleware, also if the handler failed with another error
 */
export const authenticateRead = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const claims = await verifyBearerToken(c.var.config, c.req.raw);
    const check = requireLiveSession(c.env, claims).then((actor) => c.set("actor", actor));
    // Awaited later; an error before that must not count as unhandled.
    check.catch(() => {});
    c.set("caller", { userId: claims.userId, sessionId: claims.sessionId });
    c.set("sessionCheck", check);
    c.header("Cache-Control", "no-store");
    await next();
    await check;
  });

/**
 * Reads while the user's hub checks the session: one dependent hop instead of two. If the hub rejects the session, the error is thrown at
 * once, and what was read is discarded.
 *
 * @throws `unauthenticated` when the session is not live; otherwise what `read` throws
 */
export async function readWhileChecking<T>(
  c: Context<AppEnv>,
  read: (caller: { userId: string; sessionId: string }) => Promise<T>,
): Promise<T> {
  const reading = read(c.var.caller);
  reading.catch(() => {});
  await c.var.sessionCheck;
  return reading;
}
