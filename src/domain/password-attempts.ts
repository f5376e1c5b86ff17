import { AppError } from "../errors/app-error.ts";

/** A limit of attempts with one key, within a sliding window. */
export interface AttemptLimit {
  /** A MAC: a `RateLimiter` stores no name and no address. */
  key: string;
  /** How many attempts may fall within any `windowMs`. */
  limit: number;
  windowMs: number;
  /** A key that is exempt from this limit while it is trusted. */
  unlessTrusted?: string;
  /**
   * Whether the counter may be deleted before it expires when a limiter stores too many. For keys that clients can invent in any number,
   * such as unknown names.
   */
  evictable: boolean;
}

/** The keys that become exempt from a limit after a correct password. */
export interface TrustGrant {
  /** The key of the limit. */
  limitKey: string;
  trustedKeys: readonly string[];
}

/** One hash for a `PasswordHasher` to compute. */
export interface HashJob {
  /** Names a lane of the queue: lanes are served in turn, and each may queue a bounded number of hashes. */
  lane: string;
  /**
   * Whether the request is authenticated, or its account logged in from this address before. Such hashes have a queue to themselves, so
   * that a flood of unknown names or addresses does not delay them.
   */
  isTrusted: boolean;
  password: string;
  /** Counted right before the hash is computed, so that a job that finds the queue full counts for nothing. */
  limits: readonly AttemptLimit[];
}

/** One password to compare with a stored hash. */
export interface VerifyJob extends HashJob {
  /** Undefined for an account that does not exist: the check takes as long and fails. */
  stored: string | undefined;
  /** Granted when the password is correct. */
  trust?: TrustGrant;
}

/** Makes the error for an attempt above its limit. */
export const tooManyAttempts = (retryAfterMs: number): AppError =>
  new AppError({
    code: "rate_limited",
    detail: "Too many attempts; wait before you try again",
    retryAfterMs,
  });

/** Makes the error for a password that finds its hasher's queue full. */
export const hasherQueueFull = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "Too many passwords are being checked; try again in some seconds",
    retryAfterMs: 2_000,
  });
