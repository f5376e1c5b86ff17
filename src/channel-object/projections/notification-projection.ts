import type { LogRow } from "../../durable/event-log.ts";
import type { Projection } from "../../durable/projection-sink.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { NotificationOutbox, NoticeDelivery } from "../notifications/notification-outbox.ts";
import { noticesFor } from "../notifications/notification-recipients.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** One event may notify a thousand members: a transaction ends at the first event boundary after this many rows. */
const maxRowsPerCommit = 2_000;

/**
 * Expands events into rows of the notification outbox, one for each user that an event concerns. No database is involved, and
 * notifications are to arrive quickly, so batches follow each other after 20 ms. The rows are committed before the cursor moves:
 * after a crash in between they are written again over themselves.
 */
export class NotificationProjection implements Projection<LogRow> {
  readonly name = "notifications";
  readonly batchIntervalMs = 20;
  readonly feed;
  readonly #room: StoredRoomState;
  readonly #outbox: NotificationOutbox;

  constructor(room: StoredRoomState, outbox: NotificationOutbox) {
    this.#room = room;
    this.#outbox = outbox;
    this.feed = room.log;
  }

  async deliver(rows: LogRow[], from: number): Promise<number> {
    failpoint("room:before-expand");
    const { deliveries, reached } = this.#expand(rows, from);
    this.#outbox.add(deliveries);
    failpoint("room:after-expand");
    return reached;
  }

  /** Expands events into rows, stopping at an event boundary once a transaction holds `maxRowsPerCommit`. */
  #expand(rows: LogRow[], from: number): { deliveries: NoticeDelivery[]; reached: number } {
    const deliveries: NoticeDelivery[] = [];
    let reached = from;
    for (const row of rows) {
      if (deliveries.length >= maxRowsPerCommit) break;
      deliveries.push(...noticesFor(this.#room, row));
      reached = row.seq;
    }
    return { deliveries, reached };
  }
}
