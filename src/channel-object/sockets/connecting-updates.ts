import type { SocketAdmission, UserFacts, UserStatus } from "../../domain/actor.ts";
import { isBlank, type Migration } from "../../durable/migrations.ts";
import { TtlMap } from "../../lib/ttl-map.ts";

/** How long updates are kept. A socket that was registered with its hub longer ago is registered again. */
export const updatesKeptMs = 60_000;

export const createConnectingUpdates: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE connecting_updates (
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      value TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (kind, subject)
    ) WITHOUT ROWID`);
};

type Kind = "session" | "facts" | "status";
type Row = { kind: string; subject: string; value: string; at: number };

/**
 * What users' hubs sent in the last 60 s, at least. A socket that connects carries what its hub answered before; the hub may have ended the session
 * or sent newer facts since, at a time when the socket was not here yet. Stored, because the room may be evicted in between.
 */
export class ConnectingUpdates {
  readonly #sql: SqlStorage;
  readonly #entries: Record<Kind, TtlMap<unknown>> = {
    session: new TtlMap(updatesKeptMs),
    facts: new TtlMap(updatesKeptMs),
    status: new TtlMap(updatesKeptMs),
  };
  readonly #droppedSockets = new TtlMap<true>(updatesKeptMs);
  #purgedAt = 0;

  /** Call in the object's constructor, and other methods that write only in a room that is not blank. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    if (isBlank(sql)) return;
    for (const { kind, subject, value, at } of sql
      .exec<Row>("SELECT kind, subject, value, at FROM connecting_updates ORDER BY at")
      .toArray())
      if (kind === "sockets") this.#addDropped(JSON.parse(value) as string[], at);
      else this.#entries[kind as Kind].set(subject, JSON.parse(value), at);
  }

  endSession(sessionId: string, nowMs: number): void {
    this.#put("session", sessionId, true, nowMs);
  }

  /** Returns whether the session has ended. */
  hasEnded(sessionId: string): boolean {
    return this.#entries.session.get(sessionId) === true;
  }

  /** Records that the hub no longer counts sockets, which are not here. In one row, because there may be many. */
  dropSockets(socketIds: readonly string[], nowMs: number): void {
    if (socketIds.length === 0) return;
    this.#addDropped(socketIds, nowMs);
    this.#store("sockets", crypto.randomUUID(), socketIds, nowMs);
  }

  /** Returns whether the hub no longer counts a socket that arrives now. */
  isDropped(socketId: string): boolean {
    return this.#droppedSockets.get(socketId) === true;
  }

  setFacts(facts: UserFacts, nowMs: number): void {
    const stored = this.#entries.facts.get(facts.userId) as UserFacts | undefined;
    if ((stored?.rev ?? 0) < facts.rev) this.#put("facts", facts.userId, facts, nowMs);
  }

  /**
   * The status of a present user is stored with their sockets, so it is only kept in memory here. Except for `offline`: if these sockets
   * close and the room is evicted, an invisible user who connects must not be shown by an older status.
   */
  setStatus(status: UserStatus, nowMs: number, { isPresent }: { isPresent: boolean }): void {
    const { userId, presence, rev } = status;
    const stored = this.#entries.status.get(userId) as UserStatus | undefined;
    if ((stored?.rev ?? 0) >= rev) return;
    if (isPresent && presence !== "offline") this.#entries.status.set(userId, status, nowMs);
    else this.#put("status", userId, status, nowMs);
  }

  /** Returns the facts and the status of a user who connects, or newer ones. @param present the status of a user who is present */
  newest({ facts, status }: SocketAdmission, present: UserStatus | undefined): SocketAdmission {
    const { userId } = facts;
    return {
      facts: newer(facts, this.#entries.facts.get(userId) as UserFacts | undefined),
      status: newer(newer(status, present), this.#entries.status.get(userId) as UserStatus | undefined),
    };
  }

  #addDropped(socketIds: readonly string[], nowMs: number): void {
    for (const id of socketIds) this.#droppedSockets.set(id, true, nowMs);
  }

  #put(kind: Kind, subject: string, value: unknown, nowMs: number): void {
    this.#entries[kind].set(subject, value, nowMs);
    this.#store(kind, subject, value, nowMs);
  }

  #store(kind: Kind | "sockets", subject: string, value: unknown, nowMs: number): void {
    if (nowMs - this.#purgedAt >= updatesKeptMs) {
      this.#purgedAt = nowMs;
      this.#sql.exec("DELETE FROM connecting_updates WHERE at <= ?", nowMs - updatesKeptMs);
    }
    this.#sql.exec(
      "INSERT OR REPLACE INTO connecting_updates (kind, subject, value, at) VALUES (?, ?, ?, ?)",
      kind,
      subject,
      JSON.stringify(value),
      nowMs,
    );
  }
}

/** Returns the one with the higher revision. */
const newer = <T extends { rev: number }>(one: T, other: T | undefined): T =>
  other && other.rev > one.rev ? other : one;
