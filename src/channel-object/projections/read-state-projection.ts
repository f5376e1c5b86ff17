import type { ReadPositionRow } from "../../domain/member-state-rows.ts";
import type { Feed, Projection } from "../../durable/projection-sink.ts";
import { assertNever } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type {
  NotificationOutbox,
  ReadStateDelivery,
  ThreadReadStateDelivery,
} from "../notifications/notification-outbox.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** A batch reaches at most this many hubs every half second; reads of one user in between are merged. */
const maxRowsPerBatch = 50;

/**
 * Sends each user's read positions to their hub, through the notification outbox, so that their other devices show them. The
 * rows are committed before the cursor moves: after a crash in between they are sent twice, and the hub keeps the newer position.
 */
export class ReadStateProjection implements Projection<ReadPositionRow> {
  readonly name = "readings";
  readonly batchIntervalMs = 500;
  readonly alwaysPaced = true;
  readonly feed: Feed<ReadPositionRow>;
  readonly #room: StoredRoomState;
  readonly #outbox: NotificationOutbox;

  constructor(room: StoredRoomState, outbox: NotificationOutbox) {
    this.#room = room;
    this.#outbox = outbox;
    this.feed = new ReadPositionFeed(room);
  }

  async deliver(rows: ReadPositionRow[]): Promise<number> {
    failpoint("room:before-expand");
    const { head } = this.feed;
    const reached = rows.length < maxRowsPerBatch ? head : (rows.at(-1)?.rev ?? head);
    const channels: ReadStateDelivery[] = [];
    const threads: ThreadReadStateDelivery[] = [];
    for (const row of rows) {
      const { userId, rev, lastReadSeq } = row;
      if (this.#room.member(userId) === undefined) continue;
      switch (row.kind) {
        case "readPosition":
          channels.push({ userId, reading: { lastReadSeq, rev } });
          break;
        case "follow":
          threads.push({ userId, rev, reading: { rootId: row.rootId, lastReadSeq } });
          break;
        default:
          assertNever(row);
      }
    }
    this.#outbox.addReadStates(channels);
    this.#outbox.addThreadReadStates(threads);
    failpoint("room:after-expand");
    return reached;
  }
}

/** Read positions in the channel and in its threads, in the order of their revisions. */
class ReadPositionFeed implements Feed<ReadPositionRow> {
  readonly #room: StoredRoomState;

  constructor(room: StoredRoomState) {
    this.#room = room;
  }

  get head(): number {
    return this.#room.revisions.head;
  }

  read(after: number): ReadPositionRow[] {
    const { reads, threads } = this.#room;
    return [...reads.readsSince(after, maxRowsPerBatch), ...threads.changesSince(after, maxRowsPerBatch)]
      .toSorted((one, other) => one.rev - other.rev)
      .slice(0, maxRowsPerBatch);
  }
}
