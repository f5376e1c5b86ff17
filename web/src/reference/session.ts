/** Provides the access token of the session that this origin has in the browser. */
export interface SessionAccess {
  /**
   * Returns an access token, or null without a session.
   *
   * @throws Error with a text for the reader when the server cannot be reached or is busy
   */
  getAccessToken(): Promise<string | null>;
  /** Discards the token that is in memory, for example after the server rejected it. */
  discardAccessToken(): void;
}

/** The lock that all pages and workers of this origin hold while they renew the session. */
const lockName = "parley.session";
const timeoutMs = 15_000;
/** A token is renewed so long before it expires. */
const marginMs = 30_000;
/** Responses that mean that there is no session to renew. */
const withoutSession: ReadonlySet<number> = new Set([400, 401, 403, 404]);

/** The part of the Web Locks API that is used here. Insecure contexts have none. */
interface Locks {
  request(name: string, run: () => Promise<unknown>): Promise<unknown>;
}

interface CachedToken {
  accessToken: string;
  renewAtMs: number;
}

/**
 * Creates access to the session of this origin. Its refresh token is in a cookie that no script can read; an access token is requested when it
 * is first needed, kept in memory, and renewed when it expires.
 */
export function createSessionAccess(): SessionAccess {
  let cached: CachedToken | null = null;
  const renew = async (): Promise<void> => {
    // Another call may have renewed it while this one waited for the lock.
    if (isFresh(cached)) return;
    cached = await renewSession();
  };
  return {
    async getAccessToken() {
      const { locks } = navigator as { locks?: Locks };
      if (!isFresh(cached)) await (locks ? locks.request(lockName, renew) : renew());
      return cached?.accessToken ?? null;
    },
    discardAccessToken() {
      cached = null;
    },
  };
}

const isFresh = (cached: CachedToken | null): boolean => cached !== null && Date.now() < cached.renewAtMs;

async function renewSession(): Promise<CachedToken | null> {
  let response: Response;
  try {
    response = await fetch("/v1/auth/refresh", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Parley-Session": "cookie" },
      body: "{}",
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new Error("The session could not be renewed: the server cannot be reached.", { cause });
  }
  if (withoutSession.has(response.status)) return null;
  if (!response.ok)
    throw new Error(`The session could not be renewed: the server responded with ${response.status}.`);
  const answer = (await response.json()) as { tokens?: { accessToken?: unknown; expiresIn?: unknown } };
  const { accessToken, expiresIn } = answer.tokens ?? {};
  if (typeof accessToken !== "string" || typeof expiresIn !== "number") return null;
  return { accessToken, renewAtMs: Date.now() + expiresIn * 1_000 - marginMs };
}
