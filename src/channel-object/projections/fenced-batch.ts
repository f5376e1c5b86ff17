import type { LoggedEvent } from "../../domain/logged-event.ts";
import type { ProjectionData } from "../../domain/room-state.ts";
import { isoTime } from "../../lib/time.ts";
import { databaseErrorText } from "../../db/index.ts";
import type { LogRow } from "../../durable/event-log.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/**
 * Identifies one log. A channel's log gets a random epoch when it is created, and a checkpoint in a database is valid for that
 * epoch alone: a room that lost its storage starts a new log with a new epoch. A checkpoint beyond `head` belongs to a log that
 * was restored to an earlier moment, and is invalid too.
 */
export interface LogIdentity {
  channelId: string;
  epoch: string;
  /** The `seq` of the last event. */
  head: number;
}

/** Returns the identity of a room's log at this moment. Read it again after an `await`: `head` grows meanwhile. */
export const logIdentityOf = ({ channel, log }: StoredRoomState): LogIdentity => ({
  channelId: channel.id,
  epoch: log.epoch,
  head: log.head,
});

/**
 * A database that stores the events of a log in batches, with a checkpoint for each channel: the `seq` up to which it has
 * everything. The first statement of a batch is the fence: it moves the checkpoint from `from` to `to`, and violates a NOT NULL
 * constraint when the checkpoint is not `from`, so that the whole batch fails.
 */
export interface FencedTarget {
  /** The column of the checkpoint, as `table.column`, by which a failed fence is recognized. */
  readonly fenceColumn: string;
  /** Writes events behind the fence, or fails without writing anything. */
  writeEvents(events: LoggedEvent[], from: number, to: number): Promise<unknown>;
  /** Stores the event `seq` as a dead letter, and moves the checkpoint past it, behind the fence. */
  storeDeadLetter(seq: number, from: number, error: string): Promise<unknown>;
  /** Reads the database's own checkpoint; 0 when it has nothing of this log. */
  storedCheckpoint(): Promise<number>;
  /** Called after each batch that was written, for tests that crash there. */
  afterBatch(): void;
}

/**
 * Writes events exactly once. The failures that it handles:
 *
 * - A batch that runs twice, or whose answer was lost, finds another checkpoint than it expects. It fails as a whole, and the
 *   cursor continues from the database's own checkpoint.
 * - A batch that is delayed and lands after its retry fails for the same reason.
 * - When the database does not answer, this throws and the sink retries later.
 * - When the database rejects a batch because of its rows, the batch is halved until the event is found. That event is stored as a
 *   dead letter and skipped; `npm run reproject` tries it again.
 *
 * @param from the `seq` up to which the database is expected to have everything
 * @returns the `seq` up to which it now has everything
 */
export async function writeFenced(
  target: FencedTarget,
  channelId: string,
  rows: readonly LogRow[],
  from: number,
): Promise<number> {
  const to = rows.at(-1)?.seq ?? from;
  const events = rows.map((row) => loggedEvent(row, channelId));
  try {
    await target.writeEvents(events, from, to);
  } catch (error) {
    const text = databaseErrorText(error);
    if (text.includes(`NOT NULL constraint failed: ${target.fenceColumn}`)) return target.storedCheckpoint();
    if (!isPermanent(text)) throw error;
    const half = rows.slice(0, Math.floor(rows.length / 2));
    if (half.length > 0) return writeFenced(target, channelId, half, from);
    await target.storeDeadLetter(to, from, text);
  }
  target.afterBatch();
  return to;
}

/** Whether an error is about the rows, so that no retry can succeed. */
const isPermanent = (text: string): boolean =>
  /constraint failed|SQLITE_CONSTRAINT|SQLITE_TOOBIG|too big|SQLITE_MISMATCH|datatype mismatch|malformed JSON|D1_TYPE_ERROR/i.test(
    text,
  );

function loggedEvent(
  { seq, at, type, actorId, data, projectionData }: LogRow,
  channelId: string,
): LoggedEvent {
  const extra =
    projectionData === null ? {} : { projectionData: JSON.parse(projectionData) as ProjectionData };
  return { type, channelId, seq, at: isoTime(at), actorId, data: JSON.parse(data), ...extra } as LoggedEvent;
}
