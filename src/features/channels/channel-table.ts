import type { Migration } from "../../durable/migrations.ts";
import type { Channel } from "../../protocol/index.ts";
import { reservedNameKey } from "./decide.ts";

/** Creates the table, which has exactly one row. `channel` is JSON; `name_claim` is the claim to the name in D1. */
export const createChannelTable: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE channel (one INTEGER PRIMARY KEY CHECK (one = 1), channel TEXT NOT NULL, name_claim TEXT)",
  );
};

type StoredChannel = Channel & Required<Pick<Channel, "postingPolicy">>;

/** The table `channel` in the room's SQLite: a single row, which is cached. */
export class ChannelTable {
  readonly #sql: SqlStorage;
  #cached: { channel: StoredChannel; nameClaim: string | null } | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get #row(): { channel: StoredChannel; nameClaim: string | null } {
    if (!this.#cached) {
      const { channel, name_claim } = this.#sql
        .exec<{ channel: string; name_claim: string | null }>("SELECT channel, name_claim FROM channel")
        .one();
      // Channels that an earlier release stored have no posting policy.
      const stored = { postingPolicy: "everyone", ...JSON.parse(channel) } as StoredChannel;
      this.#cached = { channel: stored, nameClaim: name_claim };
    }
    return this.#cached;
  }

  get channel(): StoredChannel {
    return this.#row.channel;
  }

  get nameClaim(): string | null {
    return this.#row.nameClaim;
  }

  /** Stores the channel. Without a `claim` the stored one is kept, unless the channel reserves no name (archived or not public). */
  upsert(channel: Channel, claim: string | undefined): void {
    this.#sql.exec(
      `INSERT INTO channel (one, channel, name_claim) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET channel = excluded.channel, name_claim = iif(?, NULL, coalesce(excluded.name_claim, name_claim))`,
      JSON.stringify(channel),
      claim ?? null,
      reservedNameKey(channel) === undefined ? 1 : 0,
    );
    this.#cached = undefined;
  }

  clearCache(): void {
    this.#cached = undefined;
  }
}
