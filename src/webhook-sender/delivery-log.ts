import type { SubscriptionEvent } from "../domain/event-subscriptions.ts";
import { isoTime } from "../lib/time.ts";
import type { EventDelivery } from "../protocol/index.ts";

const maxDeliveries = 100;

/** How an attempt went. */
export interface AttemptResult {
  state: EventDelivery["state"];
  status: number | null;
  error: EventDelivery["error"];
  latencyMs: number;
  /** When it began, in ms since 1970. */
  atMs: number;
}

type DeliveryRow = {
  id: string;
  channelId: string;
  seq: number;
  type: string;
  state: EventDelivery["state"];
  attempts: number;
  status: number | null;
  error: EventDelivery["error"];
  latencyMs: number;
  firstAt: number;
  lastAt: number;
};

const columns =
  "id, channel_id AS channelId, seq, type, state, attempts, status, error, latency_ms AS latencyMs, first_at AS firstAt, last_at AS lastAt";

/** The last 100 deliveries, without any content of events. */
export class DeliveryLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Stores an attempt, in the row of its delivery. */
  record(
    id: string,
    { channelId, seq, type }: SubscriptionEvent,
    { state, status, error, latencyMs, atMs }: AttemptResult,
  ): void {
    this.#sql.exec(
      `INSERT INTO deliveries (id, channel_id, seq, type, state, attempts, status, error, latency_ms, first_at, last_at)
       VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9, ?9)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = attempts + 1, status = excluded.status,
         error = excluded.error, latency_ms = excluded.latency_ms, last_at = excluded.last_at`,
      id,
      channelId,
      seq,
      type,
      state,
      status,
      error,
      latencyMs,
      atMs,
    );
    this.#sql.exec("DELETE FROM deliveries WHERE nr <= (SELECT max(nr) FROM deliveries) - ?", maxDeliveries);
  }

  /** Stores that a delivery will not be repeated. */
  setFailed(id: string): void {
    this.#sql.exec("UPDATE deliveries SET state = 'failed' WHERE id = ?", id);
  }

  find(id: string): EventDelivery | undefined {
    return this.#sql
      .exec<DeliveryRow>(`SELECT ${columns} FROM deliveries WHERE id = ?`, id)
      .toArray()
      .map(present)[0];
  }

  /** Lists the deliveries, newest first. */
  list(): EventDelivery[] {
    return this.#sql
      .exec<DeliveryRow>(`SELECT ${columns} FROM deliveries ORDER BY nr DESC`)
      .toArray()
      .map(present);
  }
}

const present = ({ firstAt, lastAt, ...row }: DeliveryRow): EventDelivery => ({
  ...row,
  firstAttemptAt: isoTime(firstAt),
  lastAttemptAt: isoTime(lastAt),
});
