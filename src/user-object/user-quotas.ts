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

/** Creates the table of token buckets. `kind` names the budget; additions by one other user are counted under `added:<user>`. */
export const createQuotas: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE quotas (kind TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
  );
};

/** Beyond this number of `added:<user>` buckets, those that are full again are deleted. */
const maxBucketsOfOthers = 200;

interface Charge {
  kind: string;
  budget: Budget;
  amount: number;
}

/**
 * The user's quotas, as token buckets: what the user may write in all rooms together, and how often an hour they may do other things.
 * Rooms report writes after they were committed, so the budgets of writes can be overdrawn; all others are checked before the action.
 * Call the methods within a commit.
 */
export class UserQuotas {
  readonly #sql: SqlStorage;
  readonly #config: Config;

  constructor(sql: SqlStorage, config: Config) {
    this.#sql = sql;
    this.#config = config;
  }

  /** Charges what a room reports, whether or not enough is left. */
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
      // Waits until 1 % of the limit is refilled, so that the room does not report again for every command.
      return left.tokens > 0 ? 0 : msUntil(budget, left, budget.limit / 100);
    });
    return { retryAfterMs: Math.max(...waits) };
  }

  /**
   * Spends one unit of an hourly quota.
   *
   * @throws `rate_limited` when it is used up
   */
  spend(kind: CountedAction, nowMs: number): void {
    this.#spendAll([this.#unitOf(kind)], details[kind], nowMs);
  }

  /**
   * Spends one unit of an hourly quota, if one is left.
   *
   * @returns after how many ms one is left; 0: it was spent
   */
  trySpend(kind: CountedAction, nowMs: number): number {
    return this.#trySpendAll([this.#unitOf(kind)], nowMs);
  }

  #unitOf(kind: CountedAction): Charge {
    const limit = {
      channels: this.#config.USER_CHANNELS_PER_HOUR,
      dms: this.#config.USER_DMS_PER_HOUR,
      additions: this.#config.USER_ADDITIONS_PER_HOUR,
      profile: this.#config.USER_PROFILE_CHANGES_PER_HOUR,
      status: this.#config.USER_STATUS_CHANGES_PER_HOUR,
      invites: this.#config.USER_INVITES_PER_HOUR,
      ephemeral: this.#config.USER_EPHEMERAL_PER_HOUR,
      commands: this.#config.USER_COMMANDS_PER_HOUR,
      groups: this.#config.USER_GROUP_CHANGES_PER_HOUR,
      lookups: this.#config.USER_EMAIL_LOOKUPS_PER_HOUR,
      previews: this.#config.USER_PREVIEWS_PER_HOUR,
      pushes: this.#config.USER_PUSHES_PER_HOUR,
    }[kind];
    return { kind, budget: hourly(limit), amount: 1 };
  }

  /**
   * Counts one addition of this user to a channel by another user.
   *
   * @throws `rate_limited` when others together, or this one, added the user to too many channels
   */
  spendAdditionBy(userId: string, nowMs: number): void {
    const limit = this.#config.USER_ADDED_PER_HOUR;
    this.#spendAll(
      [
        { kind: "added", budget: hourly(limit), amount: 1 },
        // Half of the limit, so that no single user can use up the additions of all others.
        { kind: `added:${userId}`, budget: hourly(Math.max(2, limit / 2)), amount: 1 },
      ],
      "This user was added to too many channels within an hour; try again later",
      nowMs,
    );
    this.#deleteFullBuckets(nowMs);
  }

  #spendAll(spent: readonly Charge[], detail: string, nowMs: number): void {
    const waitMs = this.#trySpendAll(spent, nowMs);
    if (waitMs > 0) throw new AppError({ code: "rate_limited", detail, retryAfterMs: waitMs });
  }

  #trySpendAll(spent: readonly Charge[], nowMs: number): number {
    const levels = spent.map(({ kind, budget }) => refilled(budget, this.#level(kind), nowMs));
    const waitMs = Math.max(
      ...spent.map(({ budget, amount }, index) => msUntil(budget, levels[index] as BucketLevel, amount)),
    );
    if (waitMs > 0) return waitMs;
    spent.forEach(({ kind, amount }, index) => {
      const { tokens, at } = levels[index] as BucketLevel;
      this.#store(kind, { tokens: tokens - amount, at });
    });
    return 0;
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
  channels: "You created too many channels within an hour; try again later",
  dms: "You opened too many direct messages within an hour; try again later",
  additions: "You added too many users to channels within an hour; try again later",
  profile: "You changed your profile too often within an hour; try again later",
  status: "You changed your status too often within an hour; try again later",
  invites: "You created too many invites within an hour; try again later",
  commands: "You ran too many commands within an hour; try again later",
  ephemeral: "You sent too many ephemeral messages within an hour; try again later",
  groups: "You changed user groups too often within an hour; try again later",
  lookups: "You looked up too many users by e-mail address within an hour; try again later",
  previews: "You requested previews of too many links within an hour; try again later",
  pushes: "Too many pushes were sent to your browsers within an hour; try again later",
};
