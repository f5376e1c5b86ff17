import type { Tokens } from "../protocol/auth.ts";
import { ParleyError } from "./error.ts";

/** Called whenever the tokens change, with null when the session is over; awaited, so that none is used unsaved. */
export type OnTokens = (tokens: Tokens | null) => void | Promise<void>;

/** A token that ends sooner than this is renewed before it opens a socket. */
const marginMs = 10_000;

/** The tokens of one session: who needs a new one waits for the same single refresh. */
export class TokenHolder {
  #tokens: Tokens | null;
  /** Unknown for tokens that came from a store. */
  #expiresAt = Number.POSITIVE_INFINITY;
  #refreshing: Promise<void> | null = null;
  readonly #onTokens: OnTokens;
  readonly #renew: (refreshToken: string) => Promise<Tokens>;

  constructor(tokens: Tokens | null, onTokens: OnTokens, renew: (refreshToken: string) => Promise<Tokens>) {
    this.#tokens = tokens;
    this.#onTokens = onTokens;
    this.#renew = renew;
  }

  get current(): Tokens | null {
    return this.#tokens;
  }

  async set(tokens: Tokens | null): Promise<void> {
    this.#tokens = tokens;
    this.#expiresAt = tokens ? Date.now() + tokens.expiresIn * 1_000 : Number.POSITIVE_INFINITY;
    await this.#onTokens(tokens);
  }

  /**
   * New tokens in place of `stale`, the access token that was refused; nothing is done if another already came.
   * Throws `unauthenticated` when the session is over, and forgets the tokens then.
   */
  async refresh(stale: string): Promise<void> {
    if (this.#tokens && this.#tokens.accessToken !== stale) return;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  /** An access token that is not known to be at its end; null without a session. */
  async fresh(): Promise<string | null> {
    const tokens = this.#tokens;
    if (tokens && Date.now() > this.#expiresAt - marginMs) await this.refresh(tokens.accessToken);
    return this.#tokens?.accessToken ?? null;
  }

  async #refresh(): Promise<void> {
    const used = this.#tokens;
    if (!used)
      throw new ParleyError({ code: "unauthenticated", detail: "There is no session: log in first" });
    try {
      const renewed = await this.#renew(used.refreshToken);
      // Someone logged in or out meanwhile: theirs is the newer word.
      if (this.#tokens === used) await this.set(renewed);
    } catch (error) {
      if (error instanceof ParleyError && error.code === "unauthenticated" && this.#tokens === used)
        await this.set(null);
      throw error;
    }
  }
}
