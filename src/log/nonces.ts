import { createHash } from "node:crypto";
import type { Migration } from "./migrations.ts";

export const createNonces: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE nonces (author_id TEXT NOT NULL, nonce TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (author_id, nonce)) WITHOUT ROWID",
  );
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

/** The idempotency keys of a log: unique per author, kept as long as the log. */
export class Nonces {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(authorId: string, nonce: string): { seq: number; hash: string } | undefined {
    return this.#sql
      .exec<{ seq: number; hash: string }>(
        "SELECT seq, hash FROM nonces WHERE author_id = ? AND nonce = ?",
        authorId,
        nonce,
      )
      .toArray()[0];
  }

  keep(authorId: string, nonce: string, seq: number, hash: string): void {
    this.#sql.exec(
      "INSERT INTO nonces (author_id, nonce, seq, hash) VALUES (?, ?, ?, ?)",
      authorId,
      nonce,
      seq,
      hash,
    );
  }
}
