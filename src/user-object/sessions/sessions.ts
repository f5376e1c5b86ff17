import { LruMap } from "../../lib/lru-map.ts";
import { useIntervals } from "../../domain/session-use.ts";
import { type Receipts, withReceipt } from "../../features/auth/index.ts";

/** A session as it is stored. Times are milliseconds since 1970. */
export interface SessionRecord {
  id: string;
  credentialVersion: number;
  device: string;
  addressPrefix: string;
  createdAt: number;
  lastUsedAt: number;
  /** How often its refresh token was rotated; the newest token bears this number. */
  generation: number;
  rotatedAt: number;
  salt: string;
  /** Which generations of its tokens were seen in use, and when. */
  receipts: Receipts;
}

type SessionRow = { [K in keyof SessionRecord]: K extends "receipts" ? string : SessionRecord[K] };

const recordOf = ({ receipts, ...row }: SessionRow): SessionRecord => ({
  ...row,
  receipts: JSON.parse(receipts) as Receipts,
});

export interface SessionLimits {
  idleMs: number;
  maxMs: number;
}

const cachedSessions = 200;
const columns = `id, credential_version AS credentialVersion, device, address_prefix AS addressPrefix, created_at AS createdAt,
  last_used_at AS lastUsedAt, generation, rotated_at AS rotatedAt, salt, receipts`;

/** The user's sessions. Those past their time are not found, whether or not they were swept yet. */
export class Sessions {
  readonly #sql: SqlStorage;
  readonly #limits: SessionLimits;
  readonly #useIntervalMs: number;
  /** Rows as they are stored: every change goes through here and drops its row. */
  readonly #cache = new LruMap<string, SessionRecord>(cachedSessions);

  constructor(sql: SqlStorage, limits: SessionLimits) {
    this.#sql = sql;
    this.#limits = limits;
    this.#useIntervalMs = useIntervals(limits.idleMs).storeMs;
  }

  findLive(id: string, nowMs: number): SessionRecord | undefined {
    const session = this.#cache.get(id) ?? this.#read(id);
    if (!session || this.#expiryOf(session) <= nowMs) return undefined;
    return session;
  }

  #read(id: string): SessionRecord | undefined {
    const [row] = this.#sql.exec<SessionRow>(`SELECT ${columns} FROM sessions WHERE id = ?`, id).toArray();
    const session = row && recordOf(row);
    if (session) this.#cache.set(id, session);
    return session;
  }

  /** Newest first. */
  listLive(nowMs: number): SessionRecord[] {
    return this.#all().filter((session) => this.#expiryOf(session) > nowMs);
  }

  add(session: SessionRecord): void {
    this.#sql.exec(
      `INSERT INTO sessions (id, credential_version, device, address_prefix, created_at, last_used_at, generation, rotated_at, salt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      session.id,
      session.credentialVersion,
      session.device,
      session.addressPrefix,
      session.createdAt,
      session.lastUsedAt,
      session.generation,
      session.rotatedAt,
      session.salt,
    );
  }

  /** Notes that the session is in use: a write at most once an interval (`useIntervals`), and whether this was one. */
  recordUse(session: SessionRecord, nowMs: number): boolean {
    if (nowMs - session.lastUsedAt < this.#useIntervalMs) return false;
    this.#sql.exec("UPDATE sessions SET last_used_at = ? WHERE id = ?", nowMs, session.id);
    this.#cache.delete(session.id);
    return true;
  }

  /** Notes that a token of this generation was seen: one write a rotation, and none for an older or unknown generation. */
  recordReceipt(session: SessionRecord, generation: number, nowMs: number): void {
    if (generation !== session.generation) return;
    const receipts = withReceipt(session.receipts, generation, nowMs);
    if (receipts === session.receipts) return;
    this.#sql.exec("UPDATE sessions SET receipts = ? WHERE id = ?", JSON.stringify(receipts), session.id);
    this.#cache.delete(session.id);
  }

  /** The next generation of its refresh token. The present one was seen: its refresh token is being traded. */
  nextGeneration(session: SessionRecord, nowMs: number): number {
    const generation = session.generation + 1;
    const receipts = withReceipt(session.receipts, session.generation, nowMs);
    this.#sql.exec(
      "UPDATE sessions SET generation = ?, rotated_at = ?, last_used_at = ?, receipts = ? WHERE id = ?",
      generation,
      nowMs,
      nowMs,
      JSON.stringify(receipts),
      session.id,
    );
    this.#cache.delete(session.id);
    return generation;
  }

  /** The session that made a change of the credentials lives on under the new ones. */
  raiseCredentialVersion(id: string, credentialVersion: number): void {
    this.#sql.exec(
      "UPDATE sessions SET credential_version = max(credential_version, ?) WHERE id = ?",
      credentialVersion,
      id,
    );
    this.#cache.delete(id);
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM sessions WHERE id = ?", id);
    this.#cache.delete(id);
  }

  ids(): string[] {
    return this.#all().map(({ id }) => id);
  }

  /** Begun under credentials older than these. */
  withCredentialsBefore(credentialVersion: number): string[] {
    return this.#all()
      .filter((session) => session.credentialVersion < credentialVersion)
      .map(({ id }) => id);
  }

  expired(nowMs: number): string[] {
    return this.#all()
      .filter((session) => this.#expiryOf(session) <= nowMs)
      .map(({ id }) => id);
  }

  /** Those that were unused for longest, past the `max` that a user may have. */
  leastRecentlyUsed(max: number): string[] {
    return this.#all()
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt)
      .slice(max)
      .map(({ id }) => id);
  }

  /** When the next one expires if none is used; infinite where there is none. */
  nextExpiry(): number {
    return Math.min(...this.#all().map((session) => this.#expiryOf(session)));
  }

  /** What memory holds may have been rolled back. */
  invalidate(): void {
    this.#cache.clear();
  }

  #expiryOf({ createdAt, lastUsedAt }: SessionRecord): number {
    return Math.min(createdAt + this.#limits.maxMs, lastUsedAt + this.#limits.idleMs);
  }

  #all(): SessionRecord[] {
    return this.#sql
      .exec<SessionRow>(`SELECT ${columns} FROM sessions ORDER BY created_at DESC, id DESC`)
      .toArray()
      .map(recordOf);
  }
}
