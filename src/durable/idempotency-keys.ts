import { hash } from "node:crypto";
import type { Migration } from "./migrations.ts";

export const createIdempotencyKeys: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE nonces (author_id TEXT NOT NULL, nonce TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (author_id, nonce)) WITHOUT ROWID",
  );
};

/** Erases the hashes of messages that an earlier release deleted without them, and adds an index to find the nonce of an event. */
export const dropHashesOfDeleted: Migration = (sql) => {
  sql.exec(`
    CREATE INDEX nonces_by_event ON nonces (seq);
    UPDATE nonces SET hash = '' WHERE seq IN (SELECT seq FROM messages WHERE deleted = 1)`);
};

/**
 * Hashes a command with its body, so that a repeated nonce can be compared without storing the text. Equal for the same body in any order
 * of its top-level fields. 22 characters of base64url: 132 bits.
 */
export function bodyHash(type: string, data: object): string {
  const { nonce: _, ...rest } = data as { nonce?: string };
  const fields = Object.fromEntries(
    Object.entries(rest).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
  return hash("sha256", JSON.stringify([type, fields]), "base64url").slice(0, 22);
}

/** The idempotency keys of a log: a nonce is unique per author and kept as long as the log. Its hash is erased with the message. */
export class IdempotencyKeys {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Finds the first use of a nonce. `hash` is null once the message was deleted. */
  find(authorId: string, nonce: string): { seq: number; hash: string | null } | undefined {
    return this.#sql
      .exec<{ seq: number; hash: string | null }>(
        "SELECT seq, nullif(hash, '') AS hash FROM nonces WHERE author_id = ? AND nonce = ?",
        authorId,
        nonce,
      )
      .toArray()[0];
  }

  /** Erases the hash of the event `seq`: a short text could be guessed from it. */
  redact(seq: number): void {
    this.#sql.exec("UPDATE nonces SET hash = '' WHERE seq = ?", seq);
  }

  /** Stores the first use of a nonce, in the transaction that writes the event. */
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
