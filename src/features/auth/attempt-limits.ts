import { createHmac } from "node:crypto";
import type { Config } from "../../config.ts";
import { refuse } from "../../core/app-error.ts";
import { BoundedCache } from "../../core/bounded-cache.ts";
import { foldKey } from "../../core/fold.ts";
import { errorLine, logLine } from "../../core/log-line.ts";
import { callObject, rateLimiterOf } from "../../core/objects.ts";
import type { UserRow } from "../users/index.ts";

/** An attempt that a `RateLimiter` counted; `counted` is null where the key was trusted. */
interface Passed {
  key: string;
  counted: { key: string; expiresAt: number } | null;
}

interface Limited {
  limit: number;
  windowMs: number;
  unlessTrusted?: string;
  evictable: boolean;
}

const cachedRejections = 10_000;
/** A key that was rejected is rejected again without asking, for this long: a flood costs its limiter one call in this time. */
const rejectedForMs = 1_000;

/** When the limiter of a key may be asked again, for keys that it rejected lately. */
const askAgainAt = new BoundedCache<string, number>(cachedRejections);

/** The limits in front of passwords, for one request from one address. */
export class AttemptLimits {
  readonly #env: Env;
  readonly #config: Config;
  readonly #address: string;

  constructor(env: Env, config: Config, address: string) {
    this.#env = env;
    this.#config = config;
    this.#address = address;
  }

  /** On whose behalf a password is hashed: a name that logged in from this address before does not wait behind others' failures. */
  lane(login: string, fromAddress: Passed): string {
    return fromAddress.counted === null ? this.#pairKey(login) : this.#mac("lane", this.#address);
  }

  /**
   * Counts a password check against this address.
   * @throws AppError `rate_limited` past `LOGIN_ADDRESS_ATTEMPTS`, but for a name that logged in from here before.
   */
  fromAddress(login: string): Promise<Passed> {
    return this.#take(this.#mac("address", this.#address), {
      limit: this.#config.LOGIN_ADDRESS_ATTEMPTS,
      windowMs: this.#config.LOGIN_WINDOW_MS,
      unlessTrusted: this.#pairKey(login),
      evictable: true,
    });
  }

  /**
   * Counts a password check of an account, or of a name that has none, in the same way.
   * @throws AppError `rate_limited` past `LOGIN_ATTEMPTS`.
   */
  ofAccount(account: { userId: string } | { login: string }): Promise<Passed> {
    const isKnown = "userId" in account;
    const key = isKnown ? this.#mac("account", account.userId) : this.#mac("name", foldKey(account.login));
    return this.#take(key, {
      limit: this.#config.LOGIN_ATTEMPTS,
      windowMs: this.#config.LOGIN_WINDOW_MS,
      evictable: !isKnown,
    });
  }

  /** Counts a registration. @throws AppError `rate_limited` past `REGISTER_ADDRESS_ATTEMPTS`. */
  async ofRegistration(): Promise<string> {
    const { key } = await this.#take(this.#mac("register", this.#address), {
      limit: this.#config.REGISTER_ADDRESS_ATTEMPTS,
      windowMs: this.#config.REGISTER_WINDOW_MS,
      evictable: true,
    });
    return key;
  }

  /**
   * The password was right: takes back what was counted, and trusts the account's names from this address. Never throws: what
   * is not taken back counts as a failed check.
   */
  async succeeded(passed: readonly Passed[], trusted?: Pick<UserRow, "username" | "email">): Promise<void> {
    const pairs = trusted ? [this.#pairKey(trusted.username), this.#pairKey(trusted.email)] : [];
    const atAddress = this.#mac("address", this.#address);
    const settlements = new Map(passed.map(({ key, counted }) => [key, { counted, trust: [] as string[] }]));
    if (pairs.length > 0) {
      const settlement = settlements.get(atAddress) ?? { counted: null, trust: [] };
      settlement.trust.push(...pairs);
      settlements.set(atAddress, settlement);
    }
    await Promise.all(
      [...settlements].map(([key, { counted, trust }]) =>
        // Once: a refund that ran twice would allow one more guess.
        callObject(() => rateLimiterOf(this.#env, key).succeeded(counted, trust), { tries: 1 }).catch(
          (error: unknown) =>
            logLine({ level: "warn", message: "limiter.refund_failed", error: errorLine(error) }),
        ),
      ),
    );
  }

  async #take(key: string, limited: Limited): Promise<Passed> {
    const nowMs = Date.now();
    const cacheKey = `${key} ${limited.unlessTrusted ?? ""}`;
    const again = askAgainAt.get(cacheKey);
    if (again !== undefined && again > nowMs) return tooMany(again - nowMs);
    const verdict = await callObject(() => rateLimiterOf(this.#env, key).take({ key, ...limited }));
    if (verdict.ok) return { key, counted: verdict.counted };
    askAgainAt.set(cacheKey, Date.now() + Math.min(rejectedForMs, verdict.retryAfterMs));
    return tooMany(verdict.retryAfterMs);
  }

  #pairKey(login: string): string {
    return this.#mac("pair", `${this.#address} ${foldKey(login)}`);
  }

  /** The limiters' storage holds MACs in place of names and addresses. */
  #mac(kind: string, value: string): string {
    return createHmac("sha256", Buffer.from(this.#config.REFRESH_TOKEN_KEY, "base64url"))
      .update(`parley-attempts-1|${kind}|${value}`)
      .digest("base64url");
  }
}

const tooMany = (retryAfterMs: number): never =>
  refuse("rate_limited", "Too many attempts; wait before you try again", { retryAfterMs });
