import type { Tokens } from "./contract/session-tokens.ts";

/** The tokens of a session. */
export interface StoredTokens extends Tokens {
  /** When the access token expires by this device's clock, in milliseconds since 1970. */
  expiresAt?: number;
}

/**
 * Stores the tokens of a session. Several clients, for example in several tabs, may share one store: each reads it before it uses
 * or renews tokens.
 */
export interface TokenStore {
  /** Returns the current tokens; null without a session. */
  get(): StoredTokens | null | Promise<StoredTokens | null>;
  /** Stores new tokens, or null when the session has ended. Awaited before the tokens are used. */
  set(tokens: StoredTokens | null): void | Promise<void>;
  /**
   * Calls `listener` when the tokens change; also when another tab or process changes them, where the store can detect that.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(listener: (tokens: StoredTokens | null) => void): () => void;
  /** Runs `work` under a lock that all clients of the store share, so that one renewal serves all. Without it each client renews by itself. */
  exclusive?<T>(work: () => Promise<T>): Promise<T>;
}

/** Returns the tokens of a client with a token that is not renewed: without a refresh token, and without a known expiry. */
export const fixedToken = (accessToken: string): StoredTokens => ({
  accessToken,
  refreshToken: "",
  tokenType: "Bearer",
  expiresIn: 0,
});

/** Creates a store in memory: for one process, or as a base for your own store. */
export function memoryTokenStore(tokens: StoredTokens | null = null): TokenStore {
  let current = tokens;
  let last: Promise<unknown> = Promise.resolve();
  const listeners = new Set<(tokens: StoredTokens | null) => void>();
  return {
    get: () => current,
    set(changed) {
      current = changed;
      for (const listener of listeners) listener(changed);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exclusive(work) {
      const result = last.then(work);
      last = result.catch(() => {});
      return result;
    },
  };
}

/** The parts of a page's globals that are used. */
interface StorageChange {
  storageArea: unknown;
  /** Null after `localStorage.clear()`. */
  key: string | null;
  newValue: string | null;
}
interface Page {
  addEventListener(type: "storage", listener: (change: StorageChange) => void): void;
  removeEventListener(type: "storage", listener: (change: StorageChange) => void): void;
  localStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
  navigator: { locks?: { request<T>(name: string, work: () => Promise<T>): Promise<T> } };
}

/**
 * Creates a store in `localStorage`, so that all tabs of an origin and later visits share one session. Tokens are renewed under
 * `navigator.locks`; a page that was loaded by plain HTTP has no locks, and its tabs renew by themselves. Any script of the page
 * can read the tokens.
 *
 * @param key - the name in `localStorage`; use one for each account that is logged in at the same time
 */
export function browserTokenStore(key = "parley.tokens"): TokenStore {
  const parse = (text: string | null): StoredTokens | null => {
    try {
      return text === null ? null : (JSON.parse(text) as StoredTokens);
    } catch {
      return null;
    }
  };
  const listeners = new Set<(tokens: StoredTokens | null) => void>();
  const page = globalThis as unknown as Page;
  const { localStorage } = page;
  const { locks } = page.navigator;
  return {
    get: () => parse(localStorage.getItem(key)),
    set(tokens) {
      if (tokens) localStorage.setItem(key, JSON.stringify(tokens));
      else localStorage.removeItem(key);
      for (const listener of listeners) listener(tokens);
    },
    subscribe(listener) {
      // Browsers dispatch `storage` only in the other tabs.
      const changed = (event: StorageChange): void => {
        if (event.storageArea !== localStorage) return;
        if (event.key === key) listener(parse(event.newValue));
        if (event.key === null) listener(null);
      };
      listeners.add(listener);
      page.addEventListener("storage", changed);
      return () => {
        listeners.delete(listener);
        page.removeEventListener("storage", changed);
      };
    },
    ...(locks && { exclusive: (work) => locks.request(`${key}.renewal`, work) }),
  };
}
