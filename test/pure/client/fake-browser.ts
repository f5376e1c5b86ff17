import { vi } from "vitest";
import { cookieSession, type CookieSessionOptions } from "../../../src/client/cookie-session.ts";
import { createClient } from "../../../src/client/index.ts";
import type { ClientOptions, ParleyClient, StoredTokens, Tokens } from "../../../src/client/index.ts";
import { problem } from "../../../src/protocol/index.ts";

interface ServerSession {
  userId: string;
  generation: number;
  isEnded: boolean;
}

/** A tab: a client with a session in cookies, and what it reported. */
export interface Tab {
  client: ParleyClient;
  /** What `onTokens` received: access tokens, and null. */
  reported: (string | null)[];
  /** How often `onLogin` was called. */
  logins: number;
}

const url = "http://parley.test";

/** Returns an access token as the server makes it, without a signature. */
export const accessTokenOf = (userId: string, sessionId: string, generation = 0): string =>
  `e30.${btoa(JSON.stringify({ sub: userId, sid: sessionId, gen: generation }))}.x`;

/**
 * A browser with one cookie of a session, and the server behind it. Its tabs have a channel and locks, until `vi.unstubAllGlobals`, unless
 * they are turned off.
 */
export class FakeBrowser {
  /** The refresh token in the cookie: `<session>.<generation>`. */
  cookie: string | null = null;
  isOffline = false;
  /** Requests as they were sent: method, path, and `cookie` if they had the header. */
  readonly requests: string[] = [];
  /** The largest number of requests of sessions that were in progress at the same time. */
  mostAtOnce = 0;
  /** Access tokens that the server no longer accepts although their session lives. */
  readonly expired = new Set<string>();
  readonly sessions = new Map<string, ServerSession>();
  /** Holds the responses to requests of sessions until it resolves. */
  gate: Promise<void> = Promise.resolve();
  expiresIn = 900;
  #atOnce = 0;
  #made = 0;
  #lock: Promise<unknown> = Promise.resolve();
  readonly #channels = new Set<FakeChannel>();

  constructor({ hasChannel = true, hasLocks = true } = {}) {
    const channels = this.#channels;
    class Channel extends FakeChannel {
      constructor(name: string) {
        super(name, channels);
      }
    }
    vi.stubGlobal("BroadcastChannel", hasChannel ? Channel : undefined);
    const locks = { request: <T>(_: string, __: object, work: () => Promise<T>) => this.#exclusively(work) };
    vi.stubGlobal("navigator", { userAgent: "Node.js", ...(hasLocks && { locks }) });
  }

  openTab(options: Partial<ClientOptions> = {}, session: CookieSessionOptions = {}): Tab {
    const tab: Tab = { client: undefined as never, reported: [], logins: 0 };
    tab.client = createClient({
      url,
      fetch: this.fetch,
      session: cookieSession({
        onLogin() {
          tab.logins++;
          session.onLogin?.();
        },
      }),
      onTokens: (tokens: StoredTokens | null) => void tab.reported.push(tokens && tokens.accessToken),
      ...options,
    });
    return tab;
  }

  /** Opens a tab and logs in there. */
  async logInBy(userId: string, tab = this.openTab()): Promise<Tab> {
    await tab.client.login({ login: userId, password: "password" });
    return tab;
  }

  readonly fetch = (async (
    input: string,
    { method = "GET", headers = {}, body, signal } = {} as RequestInit,
  ) => {
    const given = new Headers(headers);
    const { pathname } = new URL(input);
    const isSession = given.has("parley-session");
    this.requests.push(`${method} ${pathname}${isSession ? " cookie" : ""}`);
    signal?.throwIfAborted();
    if (this.isOffline) throw new TypeError("fetch failed");
    if (isSession) this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    // What the browser sends is decided when the request leaves.
    const sent = this.cookie;
    try {
      if (isSession) await this.gate;
      await Promise.resolve();
      return this.#answer(pathname, { sent, body: String(body ?? "{}"), bearer: given.get("authorization") });
    } finally {
      if (isSession) this.#atOnce--;
    }
  }) as typeof fetch;

  #answer(
    path: string,
    { sent, body, bearer }: { sent: string | null; body: string; bearer: string | null },
  ): Response {
    if (path === "/v1/auth/login") {
      const { login } = JSON.parse(body) as { login: string };
      return this.#begin(login);
    }
    if (path === "/v1/auth/refresh") {
      const [sessionId = "", generation] = sent?.split(".") ?? [];
      const session = this.sessions.get(sessionId);
      if (!session || session.isEnded) {
        this.cookie = null;
        return rejection();
      }
      if (Number(generation) === session.generation) session.generation++;
      return this.#tokens(sessionId, session);
    }
    const accessToken = bearer?.replace("Bearer ", "") ?? "";
    const { sid } = JSON.parse(atob(accessToken.split(".")[1] ?? "bnVsbA==") || "null") ?? { sid: "" };
    const session = this.sessions.get(sid);
    if (!session || session.isEnded || this.expired.has(accessToken)) return rejection();
    if (path === "/v1/auth/logout") {
      session.isEnded = true;
      if (this.cookie?.startsWith(`${sid}.`)) this.cookie = null;
      return new Response(null, { status: 204 });
    }
    return Response.json({ id: session.userId });
  }

  #begin(userId: string): Response {
    const [replaced = ""] = this.cookie?.split(".") ?? [];
    const former = this.sessions.get(replaced);
    if (former) former.isEnded = true;
    const sessionId = `ses_${++this.#made}`;
    const session = { userId, generation: 0, isEnded: false };
    this.sessions.set(sessionId, session);
    return this.#tokens(sessionId, session, { user: { id: userId } });
  }

  #tokens(sessionId: string, { userId, generation }: ServerSession, more: object = {}): Response {
    this.cookie = `${sessionId}.${generation}`;
    const tokens: Tokens = {
      accessToken: accessTokenOf(userId, sessionId, generation),
      refreshToken: "",
      tokenType: "Bearer",
      expiresIn: this.expiresIn,
    };
    return Response.json({ ...more, tokens });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(work);
    this.#lock = result.catch(() => {});
    return result;
  }
}

/** A channel that delivers to all others of the browser, later. */
class FakeChannel {
  readonly #listeners: ((event: { data: unknown }) => void)[] = [];
  readonly #channels: Set<FakeChannel>;

  constructor(_name: string, channels: Set<FakeChannel>) {
    this.#channels = channels;
    channels.add(this);
  }

  addEventListener(_type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push(listener);
  }

  postMessage(message: unknown): void {
    const data = JSON.parse(JSON.stringify(message));
    for (const channel of this.#channels)
      if (channel !== this)
        for (const listener of channel.#listeners) queueMicrotask(() => listener({ data }));
  }
}

const rejection = (): Response =>
  new Response(JSON.stringify(problem({ code: "unauthenticated", detail: "No" })), {
    status: 401,
    headers: { "content-type": "application/problem+json" },
  });
