import { createMiddleware } from "hono/factory";
import type { Context } from "hono";
import { liveSession, verifyBearerToken } from "./authenticate.ts";
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
    c.set("claims", claims);
    c.set("caller", { userId: claims.userId, sessionId: claims.sessionId });
    // Awaited later; an error before that must not count as unhandled.
    liveSession(c).catch(() => {});
    c.header("Cache-Control", "no-store");
    await next();
    await liveSession(c);
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
  await liveSession(c);
  return reading;
}
