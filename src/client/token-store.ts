import type { Tokens } from "./contract/auth.ts";

/** Tokens, and when the access token expires by this device's clock, in milliseconds since the epoch. */
export interface StoredTokens extends Tokens {
  expiresAt?: number;
}

/**
 * Where a session's tokens are kept. Several clients, of several tabs for example, may share one store: each reads it before it
 * uses or renews tokens.
 */
export interface TokenStore {
  /** The tokens now; null without a session. */
  get(): StoredTokens | null | Promise<StoredTokens | null>;
  /** Keeps new tokens, or null when the session has ended. Awaited before the tokens are used. */
  set(tokens: StoredTokens | null): void | Promise<void>;
  /**
   * Calls `listener` when the tokens change, also by another tab or process where the store can tell.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(listener: (tokens: StoredTokens | null) => void): () => void;
  /** Runs `work` while no other client of the store does: one renewal for all. Without it each client renews by itself. */
  exclusive?<T>(work: () => Promise<T>): Promise<T>;
}

/** Keeps tokens in memory: for one process, or as a base for a store of your own. */
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
  /** Null: all keys were removed. */
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
 * Keeps tokens in `localStorage`, so that all tabs of an origin and later visits share one session, and renews them under a lock
 * (`navigator.locks`; a page that came by plain HTTP has none, and its tabs renew by themselves). Scripts of the page can read them.
 *
 * @param key the name in `localStorage`; one for each account that is used at the same time.
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
      // Browsers send `storage` to the other tabs alone.
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
