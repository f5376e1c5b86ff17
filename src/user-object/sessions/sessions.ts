import { LruMap } from "../../lib/lru-map.ts";
import { useIntervals } from "../../domain/session-use.ts";
import type { TokenGrant, TokenKind } from "../../domain/token-grant.ts";
import { type Receipts, withReceipt } from "../../features/auth/index.ts";
import type { Rollbackable } from "../rollbackable.ts";

/** A session as it is stored. Times are milliseconds since 1970. */
export interface SessionRecord {
  id: string;
  credentialVersion: number;
  device: string;
  addressPrefix: string;
  createdAt: number;
  lastUsedAt: number;
  /** How often the refresh token was rotated. The newest token carries this number. */
  generation: number;
  rotatedAt: number;
  /** Random; the refresh token is derived from it, the generation and the Worker's key. */
  salt: string;
  /** Which generations of tokens the client has used, and when. */
  receipts: Receipts;
  /** Whether the session passed a second factor; for a personal token, the session that created it. */
  hasSecondFactor: boolean;
  /** Present if the session is a token, which has no refresh token and expires at its own time alone. */
  token?: TokenRecord;
}

/** What is stored of a token besides its session. `lastUsedAt` of the session is 0 before its first use. */
export interface TokenRecord {
  /** `key`: by which a server key acts for the user; it has no text. */
  kind: TokenKind | "key";
  name: string;
  grant: TokenGrant;
  /** In ms since 1970; null: valid until it is revoked. */
  expiresAt: number | null;
  /** `tokenHash` of its text; empty for `key`. */
  hash: string;
  /** The server key that created it. */
  keyId?: string;
}

/**
 * Returns whether a session has not passed a second factor although it belongs to a person. A personal token counts as the session that created
 * it. Tokens of bots and of server keys are exempt.
 */
export const lacksSecondFactor = ({
  hasSecondFactor,
  token,
}: Pick<SessionRecord, "hasSecondFactor" | "token">): boolean =>
  !hasSecondFactor && (token === undefined || token.kind === "pat");

/** A session that is a token. */
export type TokenSession = SessionRecord & { token: TokenRecord };

type SessionRow = Omit<SessionRecord, "receipts" | "token" | "hasSecondFactor"> & {
  receipts: string;
  token: string | null;
  hasSecondFactor: number;
};

const recordOf = ({ receipts, token, hasSecondFactor, ...row }: SessionRow): SessionRecord => ({
  ...row,
  receipts: JSON.parse(receipts) as Receipts,
  hasSecondFactor: hasSecondFactor === 1,
  ...(token !== null && { token: JSON.parse(token) as TokenRecord }),
});

export interface SessionLimits {
  /** A session unused for this long expires. */
  idleMs: number;
  /** A session expires at this age, used or not. */
  maxMs: number;
}

const cachedSessions = 200;
const columns = `id, credential_version AS credentialVersion, device, address_prefix AS addressPrefix, created_at AS createdAt,
  last_used_at AS lastUsedAt, generation, rotated_at AS rotatedAt, salt, receipts, second_factor AS hasSecondFactor, token`;

/** The user's sessions. An expired session is not found, whether or not the alarm has deleted it yet. */
export class Sessions implements Rollbackable {
  readonly #sql: SqlStorage;
  readonly #limits: SessionLimits;
  readonly #useIntervalMs: number;
  /** Stored rows. Every change is made by this class and removes the row from the cache. */
  readonly #cache = new LruMap<string, SessionRecord>(cachedSessions);
  /** Sessions that the open transaction deleted or restricted. */
  #removed = new Set<string>();

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

  /** Lists the live sessions that are no tokens, newest first. */
  listLive(nowMs: number): SessionRecord[] {
    return this.#all().filter((session) => !session.token && this.#expiryOf(session) > nowMs);
  }

  /** Lists the live tokens, newest first. */
  listTokens(nowMs: number): TokenSession[] {
    return this.#all().filter(
      (session): session is TokenSession => session.token !== undefined && this.#expiryOf(session) > nowMs,
    );
  }

  add(session: SessionRecord): void {
    this.#sql.exec(
      `INSERT INTO sessions (id, credential_version, device, address_prefix, created_at, last_used_at, generation, rotated_at, salt,
         second_factor, token)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      session.id,
      session.credentialVersion,
      session.device,
      session.addressPrefix,
      session.createdAt,
      session.lastUsedAt,
      session.generation,
      session.rotatedAt,
      session.salt,
      session.hasSecondFactor ? 1 : 0,
      session.token ? JSON.stringify(session.token) : null,
    );
  }

  /** Records that the session passed a second factor. */
  recordSecondFactor(id: string): void {
    this.#sql.exec("UPDATE sessions SET second_factor = 1 WHERE id = ?", id);
    this.#cache.delete(id);
  }

  /** Returns the sessions that have not passed a second factor, and has their device sockets closed after the commit. */
  restrictWithoutSecondFactor(): string[] {
    const ids = this.#all()
      .filter(lacksSecondFactor)
      .map(({ id }) => id);
    for (const id of ids) this.#removed.add(id);
    return ids;
  }

  /** Records that the session is in use, at most once an interval (`useIntervals`); returns whether it wrote. */
  recordUse(session: SessionRecord, nowMs: number): boolean {
    if (nowMs - session.lastUsedAt < this.#useIntervalMs) return false;
    this.#sql.exec("UPDATE sessions SET last_used_at = ? WHERE id = ?", nowMs, session.id);
    this.#cache.delete(session.id);
    return true;
  }

  /** Records that the client used a token of this generation. Writes once a rotation, and never for another generation than the newest. */
  recordReceipt(session: SessionRecord, generation: number, nowMs: number): void {
    if (generation !== session.generation) return;
    const receipts = withReceipt(session.receipts, generation, nowMs);
    if (receipts === session.receipts) return;
    this.#sql.exec("UPDATE sessions SET receipts = ? WHERE id = ?", JSON.stringify(receipts), session.id);
    this.#cache.delete(session.id);
  }

  /** Starts the next generation of the refresh token and returns it. The present one counts as used: its refresh token is being exchanged. */
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

  /** Keeps a session live after a change of the credentials: the session that made the change. */
  raiseCredentialVersion(id: string, credentialVersion: number): void {
    this.#sql.exec(
      "UPDATE sessions SET credential_version = max(credential_version, ?) WHERE id = ?",
      credentialVersion,
      id,
    );
    this.#cache.delete(id);
  }

  /**
   * Keeps the tokens that were live before a change of the credentials: the user changed them, who may still use the tokens. Those that an
   * earlier change has ended stay ended.
   */
  raiseTokens(credentialVersion: number): void {
    this.#sql.exec(
      "UPDATE sessions SET credential_version = ?1 WHERE token IS NOT NULL AND credential_version = ?1 - 1",
      credentialVersion,
    );
    this.#cache.clear();
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM sessions WHERE id = ?", id);
    this.#cache.delete(id);
    this.#removed.add(id);
  }

  /** Returns the sessions that were deleted or restricted since the last call. Call it after the commit. */
  takeRemoved(): ReadonlySet<string> {
    const removed = this.#removed;
    if (removed.size > 0) this.#removed = new Set();
    return removed;
  }

  /** @param options `tokens`: whether to include tokens */
  ids({ tokens = true }: { tokens?: boolean } = {}): string[] {
    return this.#all()
      .filter(({ token }) => tokens || !token)
      .map(({ id }) => id);
  }

  /** Returns the sessions that were begun under older credentials. */
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

  /** Returns the least recently used sessions beyond the `kept` most recently used ones. Tokens are neither counted nor returned. */
  leastRecentlyUsed(kept: number): string[] {
    return this.#all()
      .filter(({ token }) => !token)
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt)
      .slice(kept)
      .map(({ id }) => id);
  }

  /** Returns when the next session expires, unless it is used before; infinite without sessions. */
  nextExpiry(): number {
    return Math.min(...this.#all().map((session) => this.#expiryOf(session)));
  }

  /** Discards cached rows and pending removals, since a rollback may have undone them. */
  invalidate(): void {
    this.#cache.clear();
    this.#removed.clear();
  }

  #expiryOf({ createdAt, lastUsedAt, token }: SessionRecord): number {
    if (token) return token.expiresAt ?? Number.POSITIVE_INFINITY;
    return Math.min(createdAt + this.#limits.maxMs, lastUsedAt + this.#limits.idleMs);
  }

  #all(): SessionRecord[] {
    return this.#sql
      .exec<SessionRow>(`SELECT ${columns} FROM sessions ORDER BY created_at DESC, id DESC`)
      .toArray()
      .map(recordOf);
  }
}
