import { newTicketText, type TicketHolder } from "../../domain/ticket-text.ts";
import type { Migration } from "../../durable/migrations.ts";
import { sha256Of } from "../../lib/macs.ts";
import { limits } from "../../protocol/index.ts";

/** Stores only a hash of each ticket, so that a leaked database contains no usable ticket. */
export const createTickets: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE tickets (
      hash TEXT PRIMARY KEY,
      session_id TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID`);
};

/** A user with more outstanding tickets loses the oldest. */
const maxTickets = 50;

/**
 * Issued tickets that were not used yet. A ticket authenticates one WebSocket upgrade of a browser, which cannot set the `Authorization`
 * header. Call the methods within a commit.
 */
export class Tickets {
  readonly #sql: SqlStorage;
  readonly #userId: string;
  readonly #key: string;

  /** @param options.key the Worker's secret (base64url) that authenticates tickets by a MAC */
  constructor(sql: SqlStorage, { userId, key }: { userId: string; key: string }) {
    this.#sql = sql;
    this.#userId = userId;
    this.#key = key;
  }

  /** Issues a ticket of this session, valid for one use within `limits.ticketSeconds`. */
  create(sessionId: string, nowMs: number, holder: TicketHolder = "session"): string {
    const ticket = newTicketText(this.#key, this.#userId, holder);
    this.#sql.exec(
      `DELETE FROM tickets WHERE expires_at <= ?
         OR hash IN (SELECT hash FROM tickets ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
      nowMs,
      maxTickets - 1,
    );
    this.#sql.exec(
      "INSERT INTO tickets (hash, session_id, expires_at) VALUES (?, ?, ?)",
      sha256Of(ticket),
      sessionId,
      nowMs + limits.ticketSeconds * 1_000,
    );
    return ticket;
  }

  /** Uses up a ticket and returns the id of its session; undefined for a ticket that is unknown, used or expired. */
  redeem(ticket: string, nowMs: number): string | undefined {
    const [row] = this.#sql
      .exec<{ sessionId: string; expiresAt: number }>(
        "DELETE FROM tickets WHERE hash = ? RETURNING session_id AS sessionId, expires_at AS expiresAt",
        sha256Of(ticket),
      )
      .toArray();
    return row && row.expiresAt > nowMs ? row.sessionId : undefined;
  }
}
