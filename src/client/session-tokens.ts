import type { Tokens } from "./contract/session-tokens.ts";
import type { Environment } from "./environment.ts";
import type { ParleyError } from "./error.ts";
import type { StoredTokens } from "./token-store.ts";

/** Called when the client changes the tokens, with null when the session has ended; awaited before new tokens are used. */
export type OnTokens = (tokens: StoredTokens | null) => void | Promise<void>;

/** Provides the tokens of one session to calls and sockets. */
export interface SessionTokens {
  /** The tokens as last read; null without a session. */
  readonly current: StoredTokens | null;
  /** Stores the tokens of a new session, or null when the session was ended. */
  set(tokens: Tokens | null): Promise<void>;
  /** Returns an access token that has not expired by this device's clock, renewed if necessary; null without a session. */
  fresh(): Promise<string | null>;
  /**
   * Renews the tokens.
   *
   * @param stale - the access token that the server rejected
   * @returns the new access token
   * @throws ParleyError `unauthenticated` when the session has ended
   */
  refresh(stale: string): Promise<string>;
}

/** A session that is stored by the browser instead of the client. */
export interface BrowserSession extends SessionTokens {
  /** Replaces the client's `fetch`. */
  readonly fetch: typeof fetch;
  /** Restores the session that the browser has now, also another user's. @returns the access token; null without a session */
  restore(): Promise<string | null>;
  /** Calls `listener` when the session ends or another user's takes its place. @returns a function that removes the listener */
  readonly onEnd: (listener: (error: ParleyError) => void) => () => void;
}

/** The parts of a client that its browser session uses. */
export interface SessionClient {
  /** Base URL of the server. */
  url: string;
  fetch: typeof fetch;
  /** Requests new tokens from the server. */
  renew: () => Promise<Tokens>;
  onTokens: OnTokens | undefined;
  environment: Environment;
}

/** Opens the session of a client: `cookieSession()`. */
export type OpenSession = (client: SessionClient) => BrowserSession;
