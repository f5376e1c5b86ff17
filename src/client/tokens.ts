import type { Tokens } from "./contract/session-tokens.ts";
import { ParleyError } from "./error.ts";
import type { SessionTokens } from "./session-tokens.ts";
import type { StoredTokens, TokenStore } from "./token-store.ts";

/** An access token that expires within this time is renewed before it is used. */
const marginMs = 10_000;

/** Provides the tokens of one session, from a store that other clients may share. At most one renewal runs at a time. */
export class TokenHolder implements SessionTokens {
  /** The tokens as last read from the store. */
  #cached: StoredTokens | null = null;
  #refreshing: Promise<string> | null = null;
  readonly #store: TokenStore;
  readonly #renew: (refreshToken: string) => Promise<Tokens>;

  constructor(store: TokenStore, renew: (refreshToken: string) => Promise<Tokens>) {
    this.#store = store;
    this.#renew = renew;
    store.subscribe((tokens) => (this.#cached = tokens));
    const tokens = store.get();
    if (tokens instanceof Promise) void tokens.then((loaded) => (this.#cached ??= loaded)).catch(() => {});
    else this.#cached = tokens;
  }

  /** The tokens as last read from the store; null without a session. */
  get current(): StoredTokens | null {
    return this.#cached;
  }

  async set(tokens: Tokens | null): Promise<void> {
    this.#cached = tokens && { ...tokens, expiresAt: Date.now() + tokens.expiresIn * 1_000 };
    await this.#store.set(this.#cached);
  }

  /** Returns an access token that has not expired by this device's clock, renewed if necessary; null without a session. */
  async fresh(): Promise<string | null> {
    const tokens = await this.#read();
    if (!tokens) return null;
    const { accessToken, expiresAt = Number.POSITIVE_INFINITY } = tokens;
    return Date.now() > expiresAt - marginMs ? this.refresh(accessToken) : accessToken;
  }

  /**
   * Renews the tokens, unless another client of the store has renewed them already.
   *
   * @param stale - the access token that the server rejected
   * @returns the new access token
   * @throws ParleyError `unauthenticated` when the session has ended; the store is emptied then
   */
  async refresh(stale: string): Promise<string> {
    this.#refreshing ??= this.#exclusively(() => this.#refresh(stale)).finally(() => {
      this.#refreshing = null;
    });
    const accessToken = await this.#refreshing;
    // The renewal that was in progress replaced an older token.
    return accessToken === stale ? this.refresh(stale) : accessToken;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#store.exclusive ? this.#store.exclusive(work) : work();
  }

  async #read(): Promise<StoredTokens | null> {
    this.#cached = await this.#store.get();
    return this.#cached;
  }

  async #refresh(stale: string): Promise<string> {
    const used = await this.#read();
    if (!used)
      throw new ParleyError({ code: "unauthenticated", detail: "There is no session: log in first" });
    if (used.accessToken !== stale) return used.accessToken;
    if (used.refreshToken === "")
      throw new ParleyError({ code: "unauthenticated", detail: "The token is invalid, expired or revoked" });
    try {
      const renewed = await this.#renew(used.refreshToken);
      // A login or logout during the renewal takes precedence.
      if (await this.#isStill(used)) await this.set(renewed);
      if (this.#cached) return this.#cached.accessToken;
      throw new ParleyError({
        code: "unauthenticated",
        detail: "The session was ended",
      });
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== "unauthenticated") throw error;
      if (await this.#isStill(used)) await this.set(null);
      // Without a lock another tab may have renewed the tokens first.
      else if (this.#cached) return this.#cached.accessToken;
      throw error;
    }
  }

  async #isStill(used: StoredTokens): Promise<boolean> {
    return (await this.#read())?.refreshToken === used.refreshToken;
  }
}
