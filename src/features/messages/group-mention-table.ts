import { type BucketLevel, type Budget, hourMs, msUntil, refilled } from "../../domain/usage-budget.ts";
import type { Migration } from "../../durable/migrations.ts";

/** Creates the table of token buckets, one for each user who has mentioned a whole group here. `at`: ms since 1970. */
export const createGroupMentions: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE group_mentions (user_id TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
  );
};

export interface GroupMentionConfig {
  /** Messages of one user with such a mention, in one channel and hour. */
  readonly GROUP_MENTIONS_PER_HOUR: number;
}

/** The table `group_mentions` in the room's SQLite: how often each user may still mention `@channel` or `@here` in this channel. */
export class GroupMentionTable {
  readonly #sql: SqlStorage;
  readonly #config: GroupMentionConfig;

  constructor(sql: SqlStorage, config: GroupMentionConfig) {
    this.#sql = sql;
    this.#config = config;
  }

  get #budget(): Budget {
    return { limit: this.#config.GROUP_MENTIONS_PER_HOUR, windowMs: hourMs };
  }

  /** Returns how long the user must wait, in ms; 0 if they may mention a group now. */
  waitMs(userId: string, nowMs: number): number {
    return msUntil(this.#budget, this.#level(userId, nowMs), 1);
  }

  spend(userId: string, nowMs: number): void {
    const { tokens, at } = this.#level(userId, nowMs);
    this.#sql.exec(
      "INSERT OR REPLACE INTO group_mentions (user_id, tokens, at) VALUES (?, ?, ?)",
      userId,
      tokens - 1,
      at,
    );
  }

  #level(userId: string, nowMs: number): BucketLevel {
    const [stored] = this.#sql
      .exec<{ tokens: number; at: number }>("SELECT tokens, at FROM group_mentions WHERE user_id = ?", userId)
      .toArray();
    return refilled(this.#budget, stored, nowMs);
  }
}
