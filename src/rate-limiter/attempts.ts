import type { Migration } from "../durable/migrations.ts";

/**
 * `attempts`: how many attempts of a key fell into one slice of time, until they no longer count. `evictable` rows may be deleted
 * early when there are too many. `trusted`: keys that pass whatever was counted.
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

export interface Limit {
  /** Attempts within any `windowMs`. */
  limit: number;
  windowMs: number;
}

/** An attempt that was counted: what `refund` needs to take it back. */
export interface CountedAttempt {
  key: string;
  expiresAt: number;
}

export type AttemptVerdict = { ok: true; counted: CountedAttempt } | { ok: false; retryAfterMs: number };

/** Slices of a window. An attempt counts until the end of its slice is a window old: up to one slice longer than the window. */
const slices = 15;
const trustMs = 30 * 24 * 3_600_000;
const renewTrustMs = trustMs / 2;
const evictedAtOnce = 1_000;

/** Attempts by key, counted within a sliding window, in the object's SQLite. */
export class Attempts {
  readonly #sql: SqlStorage;
  readonly #maxEvictable: number;
  #evictable: number;

  constructor(sql: SqlStorage, { maxEvictable }: { maxEvictable: number }) {
    this.#sql = sql;
    this.#maxEvictable = maxEvictable;
    this.#evictable = this.#count("SELECT count(*) AS n FROM attempts WHERE evictable = 1");
  }

  /** Counts an attempt, unless the window already holds `limit` of them: never more than that count within any window. */
  count(key: string, { limit, windowMs }: Limit, evictable: boolean, nowMs: number): AttemptVerdict {
    const retryAfterMs = this.retryAfterMs(key, limit, nowMs);
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    const sliceMs = Math.ceil(windowMs / slices);
    const expiresAt = (Math.floor(nowMs / sliceMs) + 1) * sliceMs + windowMs;
    const isNew = this.#add(key, expiresAt, evictable);
    if (isNew && evictable && ++this.#evictable > this.#maxEvictable) this.#evict();
    return { ok: true, counted: { key, expiresAt } };
  }

  /** How long until an attempt may pass; 0: now. */
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

  /** Takes an attempt back that turned out to be none. */
  refund({ key, expiresAt }: CountedAttempt): void {
    this.#sql.exec(
      "UPDATE attempts SET count = count - 1 WHERE key = ? AND expires_at = ? AND count > 0",
      key,
      expiresAt,
    );
  }

  isTrusted(key: string, nowMs: number): boolean {
    return this.#count("SELECT count(*) AS n FROM trusted WHERE key = ? AND expires_at > ?", key, nowMs) > 0;
  }

  /** Lets `key` pass for 30 days. */
  trust(key: string, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO trusted (key, expires_at) VALUES (?1, ?2)
       ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at < ?3`,
      key,
      nowMs + trustMs,
      nowMs + renewTrustMs,
    );
  }

  /** Deletes what no longer counts; returns when there is more to delete, undefined when nothing is left. */
  purge(nowMs: number): number | undefined {
    this.#sql.exec("DELETE FROM attempts WHERE expires_at <= ?", nowMs);
    this.#sql.exec("DELETE FROM trusted WHERE expires_at <= ?", nowMs);
    this.#evictable = this.#count("SELECT count(*) AS n FROM attempts WHERE evictable = 1");
    const next = this.#count(
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

  /** The oldest of those that may go. */
  #evict(): void {
    this.#sql.exec(
      `DELETE FROM attempts WHERE (key, expires_at) IN
         (SELECT key, expires_at FROM attempts WHERE evictable = 1 ORDER BY expires_at LIMIT ?)`,
      evictedAtOnce,
    );
    this.#evictable = this.#count("SELECT count(*) AS n FROM attempts WHERE evictable = 1");
  }

  #count(query: string, ...values: (string | number)[]): number {
    return this.#sql.exec<{ n: number }>(query, ...values).one().n;
  }
}
