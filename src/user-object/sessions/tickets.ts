import { createHash } from "node:crypto";
import { newTicketText } from "../../domain/ticket-text.ts";
import type { Migration } from "../../durable/migrations.ts";
import { limits } from "../../protocol/index.ts";

/** Of a ticket there is a hash alone, which opens nothing. */
export const createTickets: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE tickets (
      hash TEXT PRIMARY KEY,
      session_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID`);
};

/** Past so many outstanding ones the oldest go. */
const maxTickets = 50;

/** Tickets that were handed out and not yet used. Everything here wants a commit. */
export class Tickets {
  readonly #sql: SqlStorage;
  readonly #userId: string;
  readonly #key: string;

  /** @param options.key the Worker's secret, by which tickets bear a MAC */
  constructor(sql: SqlStorage, { userId, key }: { userId: string; key: string }) {
    this.#sql = sql;
    this.#userId = userId;
    this.#key = key;
  }

  /** A new one of this session, good for one use and 30 s. */
  create(sessionId: string, nowMs: number): string {
    const ticket = newTicketText(this.#key, this.#userId);
    this.#sql.exec(
      `DELETE FROM tickets WHERE expires_at <= ?
         OR hash IN (SELECT hash FROM tickets ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
      nowMs,
      maxTickets - 1,
    );
    this.#sql.exec(
      "INSERT INTO tickets (hash, session_id, expires_at) VALUES (?, ?, ?)",
      hashOf(ticket),
      sessionId,
      nowMs + limits.ticketSeconds * 1_000,
    );
    return ticket;
  }

  /** The session that asked for it; from now on nobody's. Undefined for one that is used, too old, or none. */
  redeem(ticket: string, nowMs: number): string | undefined {
    const [row] = this.#sql
      .exec<{ sessionId: string; expiresAt: number }>(
        "DELETE FROM tickets WHERE hash = ? RETURNING session_id AS sessionId, expires_at AS expiresAt",
        hashOf(ticket),
      )
      .toArray();
    return row && row.expiresAt > nowMs ? row.sessionId : undefined;
  }
}

const hashOf = (ticket: string): string => createHash("sha256").update(ticket).digest("base64url");
