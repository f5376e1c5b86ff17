/** Sessions in cookies: `parley/client/cookie-session`, a separate module so that other applications do not load it. */
import type { Tokens } from "./contract/session-tokens.ts";
import { Backoff } from "./backoff.ts";
import { ParleyError } from "./error.ts";
import type { BrowserSession, OpenSession, SessionClient } from "./session-tokens.ts";
import type { StoredTokens } from "./token-store.ts";

/** Options of `cookieSession`. */
export interface CookieSessionOptions {
  /**
   * Called when another tab has logged in: while this client has no session, or as another user, after the session of this client was ended.
   * `client.resume()` continues as that user.
   */
  onLogin?: () => void;
}

/** An access token that expires within this time is renewed before it is used. */
const marginMs = 10_000;
/** Tokens are renewed this long before they expire, since elements such as `<img>` send the cookie with the access token as it is. */
const renewBeforeMs = 60_000;
/** The name of the lock and of the channel that all tabs and workers of the origin share. */
const sharedName = "parley.session";

/** The session that an access token names, with its tokens. */
interface Session {
  userId: string | undefined;
  sessionId: string | undefined;
  tokens: StoredTokens & { expiresAt: number };
}

/** What a tab posts to the others of its origin. */
interface Message {
  type: "login" | "logout";
  userId: string | undefined;
  sessionId: string | undefined;
}

/** The parts of a page's or a worker's globals that are used. */
interface BroadcastLike {
  postMessage(message: Message): void;
  addEventListener(type: "message", listener: (event: { data: Message | null }) => void): void;
  unref?(): void;
}
interface Globals {
  BroadcastChannel?: new (name: string) => BroadcastLike;
  location?: { origin: string; href: string };
  navigator?: {
    locks?: {
      request<T>(name: string, options: { signal?: AbortSignal }, work: () => Promise<T>): Promise<T>;
    };
  };
}

const globals = (): Globals => globalThis as unknown as Globals;

/** Whether the page may read responses of the server without CORS. Outside of browsers there is no page. */
const isOwnOrigin = (url: string): boolean => {
  const { location } = globals();
  return !location || new URL(url, location.href).origin === location.origin;
};

/**
 * Keeps the session in cookies that no script can read, for pages and workers of the server's own origin. The access token is in memory only.
 * The requests that change the cookies are sent one at a time by all tabs and workers of the origin (`navigator.locks`).
 */
class CookieSession implements BrowserSession {
  /** Undefined: not known yet whether the browser has one. */
  #session: Session | null | undefined;
  #renewing: Promise<string> | null = null;
  #renewAt = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #backoff = new Backoff();
  readonly #endListeners = new Set<(error: ParleyError) => void>();
  readonly #client: SessionClient;
  readonly #onLogin: (() => void) | undefined;
  readonly #channel: BroadcastLike | undefined;

  constructor(client: SessionClient, { onLogin }: CookieSessionOptions) {
    if (!isOwnOrigin(client.url))
      throw new ParleyError({
        code: "validation_failed",
        status: 0,
        detail: "A session in cookies needs a server at the page's own origin",
      });
    this.#client = client;
    this.#onLogin = onLogin;
    const { BroadcastChannel } = globals();
    this.#channel = BroadcastChannel && new BroadcastChannel(sharedName);
    this.#channel?.addEventListener("message", ({ data }) => {
      if (data) void this.#receive(data);
    });
    // In Node an open channel keeps the process running.
    this.#channel?.unref?.();
    client.environment.onWake(() => {
      if (Date.now() >= this.#renewAt) this.#renewAhead();
    });
  }

  get current(): StoredTokens | null {
    return this.#session?.tokens ?? null;
  }

  readonly fetch: typeof fetch = (input, init) => {
    const [path = ""] = String(input).split("?");
    if (init?.method !== "POST" || !path.includes("/v1/auth/")) return this.#client.fetch(input, init);
    const headers = { ...(init.headers as Record<string, string>), "parley-session": "cookie" };
    const send = () => this.#client.fetch(input, { ...init, headers });
    const { locks } = globals().navigator ?? {};
    const options = init.signal ? { signal: init.signal as AbortSignal } : {};
    return locks ? locks.request(sharedName, options, send) : send();
  };

  readonly onEnd = (listener: (error: ParleyError) => void): (() => void) => {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  };

  async set(tokens: Tokens | null): Promise<void> {
    const before = this.#session;
    if (!tokens) {
      if (before) this.#post("logout", before);
      return this.#end(new ParleyError({ code: "unauthenticated", detail: "The session was ended" }));
    }
    const begun = sessionOf(tokens);
    if (before && before.userId !== begun.userId) this.#emitEnd(otherUser());
    this.#post("login", begun);
    await this.#begin(begun);
  }

  async fresh(): Promise<string | null> {
    const session = this.#session;
    if (session === null) return null;
    if (session && Date.now() <= session.tokens.expiresAt - marginMs) return session.tokens.accessToken;
    return session ? this.#renewOnce() : nullIfEnded(this.#renewOnce());
  }

  async refresh(stale: string): Promise<string> {
    const accessToken = this.#session?.tokens.accessToken;
    if (accessToken !== undefined && accessToken !== stale) return accessToken;
    if (this.#session === null) throw noSession();
    return this.#renewOnce();
  }

  async restore(): Promise<string | null> {
    // One in progress suffices, unless it fails: it rejects another user's session.
    while (this.#renewing) {
      const token = await this.#renewing.catch(() => null);
      if (token !== null) return token;
    }
    return nullIfEnded(this.#renewOnce({ acceptsOtherUser: true }));
  }

  #renewOnce({ acceptsOtherUser = false } = {}): Promise<string> {
    this.#renewing ??= this.#renew(acceptsOtherUser).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renew(acceptsOtherUser: boolean): Promise<string> {
    const before = this.#session;
    let tokens: Tokens;
    try {
      tokens = await this.#client.renew();
    } catch (error) {
      if (this.#session !== before) return this.#requireToken();
      if (isEnded(error)) {
        if (before) this.#post("logout", before);
        await this.#end(error);
      }
      throw error;
    }
    // A login or logout during the renewal, here or in another tab, takes precedence.
    if (this.#session !== before) return this.#requireToken();
    const renewed = sessionOf(tokens);
    if (before && before.userId !== renewed.userId) {
      const error = otherUser();
      if (!acceptsOtherUser) {
        this.#post("login", renewed);
        await this.#end(error);
        throw error;
      }
      this.#emitEnd(error);
    }
    await this.#begin(renewed);
    return tokens.accessToken;
  }

  #requireToken(): string {
    if (!this.#session) throw noSession();
    return this.#session.tokens.accessToken;
  }

  async #begin(session: Session): Promise<void> {
    this.#session = session;
    this.#backoff.reset();
    const lifetimeMs = session.tokens.expiresIn * 1_000;
    this.#renewIn(Math.max(lifetimeMs / 2, lifetimeMs - renewBeforeMs));
    await this.#client.onTokens?.(session.tokens);
  }

  async #end(error: ParleyError): Promise<void> {
    const ended = this.#session;
    this.#session = null;
    this.#renewAt = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
    if (!ended) return;
    this.#emitEnd(error);
    await this.#client.onTokens?.(null);
  }

  #emitEnd(error: ParleyError): void {
    for (const listener of Array.from(this.#endListeners)) listener(error);
  }

  #renewIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#renewAt = Date.now() + delayMs;
    this.#timer = setTimeout(() => this.#renewAhead(), delayMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Renews the tokens before they are needed; a failure is retried, and is reported by the calls that need them. */
  #renewAhead(): void {
    const session = this.#session;
    if (!session) return;
    this.#renewOnce().catch(() => {
      if (this.#session === session) this.#renewIn(this.#backoff.next());
    });
  }

  #post(type: Message["type"], { userId, sessionId }: Session): void {
    this.#channel?.postMessage({ type, userId, sessionId });
  }

  async #receive({ type, userId, sessionId }: Message): Promise<void> {
    if (type === "logout") {
      if (this.#session?.sessionId !== sessionId) return;
      const detail = "The session was ended in another tab";
      return this.#end(new ParleyError({ code: "unauthenticated", detail }));
    }
    // The first renewal may have been answered before that login.
    if (this.#session === undefined) await this.#renewing?.catch(() => {});
    if (this.#session === undefined || this.#session?.userId === userId) return;
    await this.#end(otherUser());
    this.#onLogin?.();
  }
}

function sessionOf(tokens: Tokens): Session {
  const { sub, sid } = claimsOf(tokens.accessToken);
  const expiresAt = Date.now() + tokens.expiresIn * 1_000;
  return { userId: sub, sessionId: sid, tokens: { ...tokens, expiresAt } };
}

/** Returns the claims of an access token, which is a JWT (RFC 9068); none if it has another form. */
function claimsOf(accessToken: string): { sub?: string; sid?: string } {
  const [, payload = ""] = accessToken.split(".");
  try {
    return JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/"))) as { sub?: string; sid?: string };
  } catch {
    return {};
  }
}

const isEnded = (error: unknown): error is ParleyError =>
  error instanceof ParleyError && error.code === "unauthenticated";

const noSession = (): ParleyError =>
  new ParleyError({ code: "unauthenticated", detail: "There is no session: log in first" });

const otherUser = (): ParleyError =>
  new ParleyError({ code: "unauthenticated", detail: "Another user logged in in this browser" });

const nullIfEnded = (renewal: Promise<string>): Promise<string | null> =>
  renewal.catch((error: unknown) => {
    if (isEnded(error)) return null;
    throw error;
  });

/**
 * Keeps the session of a page in cookies that no script can read, so that injected scripts cannot take it away. All tabs and the service
 * worker of the server's own origin share it. Call `client.resume()` when the page loads.
 *
 * @example
 * const client = createClient({ url: location.origin, session: cookieSession({ onLogin: start }) });
 * async function start() {
 *   const me = await client.resume();
 *   if (me) show(me, client.connect());
 *   else showLogin();
 * }
 */
export const cookieSession =
  (options: CookieSessionOptions = {}): OpenSession =>
  (client) =>
    new CookieSession(client, options);
