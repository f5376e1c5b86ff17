import { cookieSession } from "../../../src/client/cookie-session.ts";
import { createClient, type ParleyClient, type Self } from "../../../src/client/index.ts";
import { scope } from "./scope.ts";

/** The user of the session, once it was restored; undefined before, and after the session has ended. */
let restored: Promise<Self | null> | undefined;

const forget = (): void => {
  restored = undefined;
};

const client = createClient({
  url: scope.location.origin,
  session: cookieSession({ onLogin: forget }),
  onTokens: (tokens) => {
    if (!tokens) forget();
  },
});

/**
 * Returns a client with the session of this browser, for the requests of the worker; null if there is none, or if it is another user's.
 *
 * @param userId the user whose session it must be; undefined: any
 * @throws ParleyError if the server cannot be reached
 */
export async function sessionClient(userId?: string): Promise<ParleyClient | null> {
  restored ??= client.resume();
  const me = await restored.catch((error: unknown) => {
    forget();
    throw error;
  });
  if (!me) forget();
  return me && (userId === undefined || me.id === userId) ? client : null;
}
