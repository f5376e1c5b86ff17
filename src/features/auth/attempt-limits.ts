import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { foldKey } from "../../text/fold-key.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { macOf } from "../../lib/macs.ts";
import { callObject, rateLimiterOf } from "../../rpc/stubs.ts";
import type { UserRow } from "../users/index.ts";

/** A limit that a `PasswordHasher` counts an attempt against, right before it computes a hash. */
export interface AttemptLimit {
  key: string;
  limit: number;
  windowMs: number;
  /** Where this key is trusted, nothing is counted. */
  unlessTrusted?: string;
  evictable: boolean;
}

/** Names that pass a limit once a password was right. */
export interface Trust {
  /** The limit that they pass. */
  key: string;
  names: string[];
}

const cachedRejections = 10_000;
/** A key that was rejected is rejected again without a call of its limiter, for this long. */
const rejectedForMs = 5_000;

/** When the limiter of a key may be asked again, for keys that it rejected lately. */
const askAgainAt = new LruMap<string, number>(cachedRejections);

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

  /** Of failed password checks from this address, but for a name that logged in from here before. */
  addressLimit(login: string): AttemptLimit {
    return {
      key: this.#mac("address", this.#address),
      limit: this.#config.LOGIN_ADDRESS_ATTEMPTS,
      windowMs: this.#config.LOGIN_WINDOW_MS,
      unlessTrusted: this.#pairKey(login),
      evictable: true,
    };
  }

  /** Of failed password checks of an account, or in the same way of a name that has none. */
  accountLimit(account: { userId: string } | { login: string }): AttemptLimit {
    const isKnown = "userId" in account;
    return {
      key: isKnown ? this.#mac("account", account.userId) : this.#mac("name", foldKey(account.login)),
      limit: this.#config.LOGIN_ATTEMPTS,
      windowMs: this.#config.LOGIN_WINDOW_MS,
      evictable: !isKnown,
    };
  }

  /** Of registrations from this address. */
  registrationLimit(): AttemptLimit {
    return {
      key: this.#mac("register", this.#address),
      limit: this.#config.REGISTER_ADDRESS_ATTEMPTS,
      windowMs: this.#config.REGISTER_WINDOW_MS,
      evictable: true,
    };
  }

  /** On whose behalf a password is hashed: a name that logged in from this address before does not wait behind others' failures. */
  laneFor(login: string, { isTrusted }: { isTrusted: boolean }): string {
    return isTrusted ? this.#pairKey(login) : this.#mac("lane", this.#address);
  }

  /** The names of an account, which pass the limit of this address from now on. */
  trustGrantFor({ username, email }: Pick<UserRow, "username" | "email">): Trust {
    const names = [this.#pairKey(username), this.#pairKey(email)];
    return { key: this.#mac("address", this.#address), names };
  }

  /**
   * Looks, without counting, whether an attempt may pass. Rejecting here costs no write and no place in the hasher's queue.
   * @param as The name under which a rejection is cached for `requireNotRejected`
   * @throws AppError `rate_limited`
   */
  async requireBelowLimit(limit: AttemptLimit, as?: { login: string }): Promise<{ isTrusted: boolean }> {
    const cacheKey = `${limit.key} ${limit.unlessTrusted ?? ""}`;
    rejectCached(cacheKey);
    const verdict = await callObject(() => rateLimiterOf(this.#env, limit.key).check(limit));
    if (verdict.ok) return verdict;
    const until = Date.now() + Math.min(rejectedForMs, verdict.retryAfterMs);
    askAgainAt.set(cacheKey, until);
    if (as) askAgainAt.set(this.#nameKey(as.login), until);
    return tooMany(verdict.retryAfterMs);
  }

  /**
   * Rejects a name whose account, or which itself, was past its limit a moment ago, before D1 or an object is called.
   * @throws AppError `rate_limited`
   */
  requireNotRejected(login: string): void {
    rejectCached(this.#nameKey(login));
  }

  /** Never throws: a name that could not be trusted has to pass the limit of its address. */
  async trust({ key, names }: Trust): Promise<void> {
    await callObject(() => rateLimiterOf(this.#env, key).recordSuccess(null, names)).catch((error: unknown) =>
      logLine({ level: "warn", message: "limiter.trust_failed", error: describeError(error) }),
    );
  }

  #nameKey(login: string): string {
    return this.#mac("typed", foldKey(login));
  }

  #pairKey(login: string): string {
    return this.#mac("pair", `${this.#address} ${foldKey(login)}`);
  }

  /** The limiters' storage holds MACs in place of names and addresses. */
  #mac(kind: string, value: string): string {
    return macOf(this.#config.REFRESH_TOKEN_KEY, {
      purpose: "parley-attempts-1",
      message: `${kind}|${value}`,
    });
  }
}

function rejectCached(cacheKey: string): void {
  const waitMs = (askAgainAt.get(cacheKey) ?? 0) - Date.now();
  if (waitMs > 0) tooMany(waitMs);
}

const tooMany = (retryAfterMs: number): never =>
  reject("rate_limited", "Too many attempts; wait before you try again", { retryAfterMs });
