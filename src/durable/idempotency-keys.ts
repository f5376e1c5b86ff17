import { createHash } from "node:crypto";
import type { Migration } from "./migrations.ts";

export const createIdempotencyKeys: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE nonces (author_id TEXT NOT NULL, nonce TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (author_id, nonce)) WITHOUT ROWID",
  );
};

/**
 * Drops the hashes of messages that were deleted before hashes were dropped with their messages, and finds the nonce of an event from
 * now on.
 */
export const dropHashesOfDeleted: Migration = (sql) => {
  sql.exec(`
    CREATE INDEX nonces_by_event ON nonces (seq);
    UPDATE nonces SET hash = '' WHERE seq IN (SELECT seq FROM messages WHERE deleted = 1)`);
};

/** What was sent, in 16 bytes: equal for the same command and body, in whatever order its fields came, without keeping its text. */
export function bodyHash(type: string, data: object): string {
  const { nonce: _, ...rest } = data as { nonce?: string };
  const fields = Object.fromEntries(
    Object.entries(rest).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
  return createHash("sha256")
    .update(JSON.stringify([type, fields]))
    .digest("base64url")
    .slice(0, 22);
}

/** The idempotency keys of a log: unique per author, kept as long as the log. The hash goes with the message. */
export class IdempotencyKeys {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** `hash` is null once the message was deleted. */
  find(authorId: string, nonce: string): { seq: number; hash: string | null } | undefined {
    return this.#sql
      .exec<{ seq: number; hash: string | null }>(
        "SELECT seq, nullif(hash, '') AS hash FROM nonces WHERE author_id = ? AND nonce = ?",
        authorId,
        nonce,
      )
      .toArray()[0];
  }

  /** Drops what the event `seq` was sent with: from the hash a short text could be found by trying. */
  redact(seq: number): void {
    this.#sql.exec("UPDATE nonces SET hash = '' WHERE seq = ?", seq);
  }

  insert(authorId: string, nonce: string, seq: number, hash: string): void {
    this.#sql.exec(
      "INSERT INTO nonces (author_id, nonce, seq, hash) VALUES (?, ?, ?, ?)",
      authorId,
      nonce,
      seq,
      hash,
    );
  }
}
