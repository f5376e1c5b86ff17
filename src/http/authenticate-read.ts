import { createMiddleware } from "hono/factory";
import type { Context } from "hono";
import type { Reader } from "../domain/actor.ts";
import type { SessionClaims } from "../domain/channel-read.ts";
import { checkWorkspacePermissions } from "../domain/permissions.ts";
import { LruMap } from "../lib/lru-map.ts";
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

const expectedGuestsKept = 10_000;
/** The users whose last read in this isolate was a guest's. It only selects with which read to begin. */
const expectedGuests = new LruMap<string, true>(expectedGuestsKept);

/**
 * Reads, as `readWhileChecking` does, what depends on whether the user is a guest. The hub answers that together with the check of the
 * session. The read begins with what the user was before; if that changed, its result is discarded and the read is repeated.
 *
 * @throws `unauthenticated` when the session is not live; otherwise what `read` throws
 */
export async function readAsReader<T>(c: Context<AppEnv>, read: (reader: Reader) => Promise<T>): Promise<T> {
  const { userId } = c.var.claims;
  const expected = expectedGuests.get(userId) === true;
  const reading = read({ userId, isGuest: expected });
  reading.catch(() => {});
  const isGuest = !checkWorkspacePermissions("browseWorkspace", (await liveSession(c)).role);
  if (isGuest === expected) return reading;
  if (isGuest) expectedGuests.set(userId, true);
  else expectedGuests.delete(userId);
  return read({ userId, isGuest });
}
