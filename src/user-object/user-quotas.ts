import type { Config } from "../config.ts";
import { AppError } from "../errors/app-error.ts";
import {
  type BucketLevel,
  type Budget,
  type ChargeResult,
  dayMs,
  hourMs,
  msUntil,
  refilled,
  type CountedAction,
  type Usage,
} from "../domain/usage-budget.ts";
import type { Migration } from "../durable/migrations.ts";

/** `kind`: which budget; of additions by others also `added:<user>`. */
export const createQuotas: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE quotas (kind TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
  );
};

/** Rows of `added:<user>` past which those that are full again are deleted. */
const maxBucketsOfOthers = 200;

interface Charge {
  kind: string;
  budget: Budget;
  amount: number;
}

/**
 * The user's budgets: what they may write in all rooms together, and what they may do an hour. Rooms report what was written
 * afterwards, so those budgets can be overdrawn; all others are checked first. Everything here wants a commit.
 */
export class UserQuotas {
  readonly #sql: SqlStorage;
  readonly #config: Config;

  constructor(sql: SqlStorage, config: Config) {
    this.#sql = sql;
    this.#config = config;
  }

  /** Takes what a room reports, whether or not there is enough left. */
  charge({ writes, bytes }: Usage, nowMs: number): ChargeResult {
    const config = this.#config;
    const spent: Charge[] = [
      { kind: "writes:hour", budget: hourly(config.USER_WRITES_PER_HOUR), amount: writes },
      { kind: "writes:day", budget: daily(config.USER_WRITES_PER_DAY), amount: writes },
      { kind: "bytes:hour", budget: hourly(config.USER_BYTES_PER_HOUR), amount: bytes },
      { kind: "bytes:day", budget: daily(config.USER_BYTES_PER_DAY), amount: bytes },
    ];
    const waits = spent.map(({ kind, budget, amount }) => {
      const { tokens, at } = refilled(budget, this.#level(kind), nowMs);
      const left = { tokens: tokens - amount, at };
      this.#store(kind, left);
      // A moment more than nothing, so that the room does not ask again for every command.
      return left.tokens > 0 ? 0 : msUntil(budget, left, budget.limit / 100);
    });
    return { retryAfterMs: Math.max(...waits) };
  }

  /** Takes one of what may be done so often an hour. Refuses `rate_limited`. */
  spend(kind: CountedAction, nowMs: number): void {
    const limit = {
      channels: this.#config.USER_CHANNELS_PER_HOUR,
      dms: this.#config.USER_DMS_PER_HOUR,
      additions: this.#config.USER_ADDITIONS_PER_HOUR,
      profile: this.#config.USER_PROFILE_CHANGES_PER_HOUR,
      status: this.#config.USER_STATUS_CHANGES_PER_HOUR,
    }[kind];
    this.#spendAll([{ kind, budget: hourly(limit), amount: 1 }], details[kind], nowMs);
  }

  /** Takes one addition of this user to a channel by another. Refuses `rate_limited`. */
  spendAdditionBy(userId: string, nowMs: number): void {
    const limit = this.#config.USER_ADDED_PER_HOUR;
    this.#spendAll(
      [
        { kind: "added", budget: hourly(limit), amount: 1 },
        // Half, so that nobody alone can use up what others may do.
        { kind: `added:${userId}`, budget: hourly(Math.max(2, limit / 2)), amount: 1 },
      ],
      "This person was added to many channels; try again later",
      nowMs,
    );
    this.#deleteFullBuckets(nowMs);
  }

  #spendAll(spent: readonly Charge[], detail: string, nowMs: number): void {
    const levels = spent.map(({ kind, budget }) => refilled(budget, this.#level(kind), nowMs));
    const waitMs = Math.max(
      ...spent.map(({ budget, amount }, index) => msUntil(budget, levels[index] as BucketLevel, amount)),
    );
    if (waitMs > 0) throw new AppError({ code: "rate_limited", detail, retryAfterMs: waitMs });
    spent.forEach(({ kind, amount }, index) => {
      const { tokens, at } = levels[index] as BucketLevel;
      this.#store(kind, { tokens: tokens - amount, at });
    });
  }

  #level(kind: string): BucketLevel | undefined {
    return this.#sql
      .exec<{ tokens: number; at: number }>("SELECT tokens, at FROM quotas WHERE kind = ?", kind)
      .toArray()[0];
  }

  #store(kind: string, { tokens, at }: BucketLevel): void {
    this.#sql.exec(
      `INSERT INTO quotas (kind, tokens, at) VALUES (?, ?, ?)
       ON CONFLICT (kind) DO UPDATE SET tokens = excluded.tokens, at = excluded.at`,
      kind,
      tokens,
      at,
    );
  }

  #deleteFullBuckets(nowMs: number): void {
    const { n } = this.#sql
      .exec<{ n: number }>("SELECT count(*) AS n FROM quotas WHERE kind > 'added:' AND kind < 'added;'")
      .one();
    if (n > maxBucketsOfOthers)
      this.#sql.exec(
        "DELETE FROM quotas WHERE kind > 'added:' AND kind < 'added;' AND at < ?",
        nowMs - hourMs,
      );
  }
}

const hourly = (limit: number): Budget => ({ limit, windowMs: hourMs });
const daily = (limit: number): Budget => ({ limit, windowMs: dayMs });

const details: Record<CountedAction, string> = {
  channels: "You created many channels; try again later",
  dms: "You opened many direct messages; try again later",
  additions: "You added many people to channels; try again later",
  profile: "You changed your profile often; try again later",
  status: "You changed your status often; try again later",
};
