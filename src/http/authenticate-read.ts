import { createMiddleware } from "hono/factory";
import type { Context } from "hono";
import type { SessionClaims } from "../domain/channel-read.ts";
import { authenticate, liveSession } from "./authenticate.ts";
import type { AppEnv } from "./context.ts";

/**
 * Makes a middleware that authenticates a read which belongs to no channel. It verifies the token and sets `c.var.claims`; the user's hub is
 * asked whether the session is live while the handler reads. `c.var.actor` is set once the hub has confirmed the session. Only for handlers
 * that write nothing, since they start before the hub answers.
 *
 * @param options `restricted`: as of `authenticate`
 * @throws `unauthenticated`, in the middleware, also if the handler failed with another error
 */
export const authenticateRead = ({ restricted = false }: { restricted?: boolean } = {}) => {
  const verifyToken = authenticate({ deferred: true, restricted });
  return createMiddleware<AppEnv>((c, next) =>
    verifyToken(c, async () => {
      // Awaited later; an error before that must not count as unhandled.
      liveSession(c).catch(() => {});
      await next();
      await liveSession(c);
    }),
  );
};

/**
 * Reads while the user's hub checks the session: one dependent hop instead of two. If the hub rejects the session, the error is thrown at
 * once, and what was read is discarded.
 *
 * @throws `unauthenticated` when the session is not live; otherwise what `read` throws
 */
export async function readWhileChecking<T>(
  c: Context<AppEnv>,
  read: (claims: SessionClaims) => Promise<T>,
): Promise<T> {
  const reading = read(c.var.claims);
  reading.catch(() => {});
  await liveSession(c);
  return reading;
}
