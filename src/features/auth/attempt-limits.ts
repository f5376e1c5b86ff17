import type { Config } from "../../config.ts";
import { type AttemptLimit, tooManyAttempts, type TrustGrant } from "../../domain/password-attempts.ts";
import { hourMs } from "../../domain/usage-budget.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { macOf } from "../../lib/macs.ts";
import { callObject, rateLimiterOf } from "../../rpc/stubs.ts";
import { foldKey } from "../../text/fold-key.ts";
import type { UserRow } from "../users/index.ts";

const maxCachedRejections = 10_000;
/** How long a rejection is repeated from the cache, without a call to the limiter. */
const rejectionTtlMs = 5_000;

/** Until when the isolate rejects an attempt by itself, by limit and trusted key or by name. */
const rejectedUntil = new LruMap<string, number>(maxCachedRejections);

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

  /** Returns the limit of failed password checks from this address. Names that logged in from here before are exempt. */
  addressLimit(login: string): AttemptLimit {
    return {
      key: this.#mac("address", this.#address),
      limit: this.#config.LOGIN_ADDRESS_ATTEMPTS,
      windowMs: this.#config.LOGIN_WINDOW_MS,
      unlessTrusted: this.#pairKey(login),
      evictable: true,
    };
  }

  /** Returns the limit of failed password checks of an account. A name without an account has the same limit, so that they look alike. */
  accountLimit(account: { userId: string } | { login: string }): AttemptLimit {
    const exists = "userId" in account;
    return {
      key: exists ? this.#mac("account", account.userId) : this.#mac("name", foldKey(account.login)),
      limit: this.#config.LOGIN_ATTEMPTS,
      windowMs: this.#config.LOGIN_WINDOW_MS,
      evictable: !exists,
    };
  }

  /** Returns the limit of registrations from this address. */
  registrationLimit(): AttemptLimit {
    return {
      key: this.#mac("register", this.#address),
      limit: this.#config.REGISTER_ADDRESS_ATTEMPTS,
      windowMs: this.#config.REGISTER_WINDOW_MS,
      evictable: true,
    };
  }

  /**
   * Counts a request that causes a mail: for an account or a name, with or without an account, and for this address.
   *
   * @throws `rate_limited`; `unavailable` if the limiter does not answer
   */
  async countMail(account: { userId: string } | { login: string }): Promise<void> {
    const value = "userId" in account ? account.userId : foldKey(account.login);
    const limits = [
      { key: this.#mac("mail-address", this.#address), limit: this.#config.MAIL_ADDRESS_PER_HOUR },
      { key: this.#mac("mail-account", value), limit: this.#config.MAIL_ACCOUNT_PER_HOUR },
    ];
    for (const { key, limit } of limits) {
      const counted = { key, limit, windowMs: hourMs, evictable: true };
      const verdict = await callObject(() => rateLimiterOf(this.#env, key).countAttempt(counted));
      if (!verdict.ok) throw tooManyAttempts(verdict.retryAfterMs);
    }
  }

  /**
   * Returns the lane of the hasher's queue for a login. All untrusted names of an address share one lane; a trusted name has its own, so
   * that it does not wait behind failed logins from the same address.
   */
  laneFor(login: string, { isTrusted }: { isTrusted: boolean }): string {
    return isTrusted ? this.#pairKey(login) : this.#mac("lane", this.#address);
  }

  /** Returns the grant that exempts an account's names from the limit of this address. */
  trustGrantFor({ username, email }: Pick<UserRow, "username" | "email">): TrustGrant {
    return {
      limitKey: this.#mac("address", this.#address),
      trustedKeys: [this.#pairKey(username), this.#pairKey(email)],
    };
  }

  /**
   * Checks, without counting it, that an attempt is below its limit. A rejection here costs no write and no space in the hasher's queue.
   *
   * @param as the name under which a rejection is cached for `requireNotRejected`
   * @returns whether the attempt is exempt, because its name is trusted
   * @throws `rate_limited`; `unavailable` if the limiter does not answer
   */
  async requireBelowLimit(limit: AttemptLimit, as?: { login: string }): Promise<{ isTrusted: boolean }> {
    const cacheKey = `${limit.key} ${limit.unlessTrusted ?? ""}`;
    rejectFromCache(cacheKey);
    const verdict = await callObject(() => rateLimiterOf(this.#env, limit.key).check(limit));
    if (verdict.ok) return verdict;
    const until = Date.now() + Math.min(rejectionTtlMs, verdict.retryAfterMs);
    rejectedUntil.set(cacheKey, until);
    if (as) rejectedUntil.set(this.#nameKey(as.login), until);
    throw tooManyAttempts(verdict.retryAfterMs);
  }

  /**
   * Rejects a name that was rejected in the last 5 s, by itself or by its account, before D1 or an object is called.
   *
   * @throws `rate_limited`
   */
  requireNotRejected(login: string): void {
    rejectFromCache(this.#nameKey(login));
  }

  /** Grants trust. An error is only logged: names that are not trusted stay subject to the limit of their address. */
  async trust({ limitKey, trustedKeys }: TrustGrant): Promise<void> {
    await callObject(() => rateLimiterOf(this.#env, limitKey).recordSuccess(null, trustedKeys)).catch(
      (error: unknown) =>
        logLine({ level: "warn", message: "limiter.trust_failed", error: describeError(error) }),
    );
  }

  #nameKey(login: string): string {
    return this.#mac("typed", foldKey(login));
  }

  #pairKey(login: string): string {
    return this.#mac("pair", `${this.#address} ${foldKey(login)}`);
  }

  /** Hashes names and addresses, so that the limiters' storage contains neither. */
  #mac(kind: string, value: string): string {
    return macOf(this.#config.REFRESH_TOKEN_KEY, {
      purpose: "parley-attempts-1",
      message: `${kind}|${value}`,
    });
  }
}

function rejectFromCache(cacheKey: string): void {
  const waitMs = (rejectedUntil.get(cacheKey) ?? 0) - Date.now();
  if (waitMs > 0) throw tooManyAttempts(waitMs);
}
