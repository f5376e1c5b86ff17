import type { AttemptLimit } from "../domain/password-attempts.ts";
import type { Migration } from "../durable/migrations.ts";

/**
 * `attempts`: the number of attempts of a key within one slice of time, and when they no longer count. `evictable` rows may be deleted
 * early if there are too many. `trusted`: keys that are exempt from limits.
 */
export const createAttemptTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE attempts (
      key TEXT NOT NULL,
      expires_at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      evictable INTEGER NOT NULL,
      PRIMARY KEY (key, expires_at)
    ) WITHOUT ROWID;
    CREATE INDEX attempts_by_expiry ON attempts (evictable, expires_at);
    CREATE TABLE trusted (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX trusted_by_expiry ON trusted (expires_at)`);
};

/** Identifies a counted attempt, so that it can be refunded. */
export interface CountedAttempt {
  key: string;
  expiresAt: number;
}

/** Whether an attempt was counted, or when to try again because it is above its limit. */
export type AttemptVerdict = { ok: true; counted: CountedAttempt } | { ok: false; retryAfterMs: number };

/**
 * The number of slices of a window. An attempt expires one window after the end of its slice, so it counts for up to one slice longer
 * than the window.
 */
const slices = 15;
const trustMs = 30 * 24 * 3_600_000;
/** Trust that lasts longer than this is not renewed, which saves a write for most logins. */
const renewTrustMs = trustMs / 2;
const rowsPerEviction = 1_000;

/** Counts attempts by key within a sliding window, in the object's SQLite. */
export class Attempts {
  readonly #sql: SqlStorage;
  readonly #maxEvictable: number;
  #evictable: number;

  constructor(sql: SqlStorage, { maxEvictable }: { maxEvictable: number }) {
    this.#sql = sql;
    this.#maxEvictable = maxEvictable;
    this.#evictable = this.#queryNumber("SELECT count(*) AS n FROM attempts WHERE evictable = 1");
  }

  /** Counts an attempt, unless the key already has `limit` attempts within the window. */
  count(
    key: string,
    { limit, windowMs }: Pick<AttemptLimit, "limit" | "windowMs">,
    evictable: boolean,
    nowMs: number,
  ): AttemptVerdict {
    const retryAfterMs = this.retryAfterMs(key, limit, nowMs);
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    const sliceMs = Math.ceil(windowMs / slices);
    const expiresAt = (Math.floor(nowMs / sliceMs) + 1) * sliceMs + windowMs;
    const isNew = this.#add(key, expiresAt, evictable);
    if (isNew && evictable && ++this.#evictable > this.#maxEvictable) this.#evict();
    return { ok: true, counted: { key, expiresAt } };
  }

  /** Returns how long until the key is below its limit; 0 if it is now. */
  retryAfterMs(key: string, limit: number, nowMs: number): number {
    const { n, next } = this.#sql
      .exec<{ n: number | null; next: number | null }>(
        "SELECT sum(count) AS n, min(expires_at) AS next FROM attempts WHERE key = ? AND expires_at > ? AND count > 0",
        key,
        nowMs,
      )
      .one();
    return (n ?? 0) >= limit ? Math.max(1, (next ?? nowMs) - nowMs) : 0;
  }

  /** Removes a counted attempt. */
  refund({ key, expiresAt }: CountedAttempt): void {
    this.#sql.exec(
      "UPDATE attempts SET count = count - 1 WHERE key = ? AND expires_at = ? AND count > 0",
      key,
      expiresAt,
    );
  }

  isTrusted(key: string, nowMs: number): boolean {
    return (
      this.#queryNumber("SELECT count(*) AS n FROM trusted WHERE key = ? AND expires_at > ?", key, nowMs) > 0
    );
  }

  /** Exempts `key` from limits for 30 days. */
  trust(key: string, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO trusted (key, expires_at) VALUES (?1, ?2)
       ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at < ?3`,
      key,
      nowMs + trustMs,
      nowMs + renewTrustMs,
    );
  }

  /** Deletes expired rows. @returns when to call it again, in ms since 1970; undefined if no rows are left */
  purge(nowMs: number): number | undefined {
    this.#sql.exec("DELETE FROM attempts WHERE expires_at <= ?", nowMs);
    this.#sql.exec("DELETE FROM trusted WHERE expires_at <= ?", nowMs);
    this.#evictable = this.#queryNumber("SELECT count(*) AS n FROM attempts WHERE evictable = 1");
    const next = this.#queryNumber(
      `SELECT min(coalesce((SELECT max(expires_at) FROM attempts), ?1),
                  coalesce((SELECT min(expires_at) FROM trusted), ?1)) AS n`,
      Number.MAX_SAFE_INTEGER,
    );
    return next === Number.MAX_SAFE_INTEGER ? undefined : next;
  }

  #add(key: string, expiresAt: number, evictable: boolean): boolean {
    const { count } = this.#sql
      .exec<{ count: number }>(
        `INSERT INTO attempts (key, expires_at, count, evictable) VALUES (?, ?, 1, ?)
         ON CONFLICT (key, expires_at) DO UPDATE SET count = count + 1 RETURNING count`,
        key,
        expiresAt,
        evictable ? 1 : 0,
      )
      .one();
    return count === 1;
  }

  /** Deletes the oldest evictable rows. */
  #evict(): void {
    this.#sql.exec(
      `DELETE FROM attempts WHERE (key, expires_at) IN
         (SELECT key, expires_at FROM attempts WHERE evictable = 1 ORDER BY expires_at LIMIT ?)`,
      rowsPerEviction,
    );
    this.#evictable = this.#queryNumber("SELECT count(*) AS n FROM attempts WHERE evictable = 1");
  }

  #queryNumber(query: string, ...values: (string | number)[]): number {
    return this.#sql.exec<{ n: number }>(query, ...values).one().n;
  }
}
