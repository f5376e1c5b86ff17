import type { LoggedEvent } from "../../domain/logged-event.ts";
import type { ProjectionData } from "../../domain/room-state.ts";
import { isoTime } from "../../lib/time.ts";
import { databaseErrorText } from "../../db/index.ts";
import type { LogRow } from "../../durable/event-log.ts";

/** The life of a log: D1's place in it counts only while both epochs agree, and where it does not lie past the head. */
export interface LogIdentity {
  channelId: string;
  epoch: string;
  head: number;
}

/** A database that takes a log's events in batches, each behind a fence that lets it through only from where it stands. */
export interface FencedTarget {
  /** The column that the fence makes NULL for a batch that may not pass, as `table.column`. */
  fence: string;
  /** Writes the events and moves the fence from `from` to `to`, or fails whole. */
  write(events: LoggedEvent[], from: number, to: number): Promise<unknown>;
  /** Puts the event aside, and passes it by the same fence. */
  park(seq: number, from: number, error: string): Promise<unknown>;
  /** Up to where the database has everything. */
  place(): Promise<number>;
  /** After a batch is in. */
  passed(): void;
}

/**
 * Writes events exactly once. A batch that is repeated, or that was thought lost and comes late, fails whole; then the
 * database's own place is taken for the cursor. Of what it refuses for good each event is parked, and only those. Returns up
 * to which `seq` it now has everything; throws while it does not answer.
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
    await target.write(events, from, to);
  } catch (error) {
    const text = databaseErrorText(error);
    if (text.includes(`NOT NULL constraint failed: ${target.fence}`)) return target.place();
    if (!refusedForGood(text)) throw error;
    const half = rows.slice(0, Math.floor(rows.length / 2));
    if (half.length > 0) return writeFenced(target, channelId, half, from);
    await target.park(to, from, text);
  }
  target.passed();
  return to;
}

/** Whether it is the rows that D1 can't take, and not that D1 does not answer. */
const refusedForGood = (text: string): boolean =>
  /constraint failed|SQLITE_CONSTRAINT|SQLITE_TOOBIG|too big|SQLITE_MISMATCH|datatype mismatch|malformed JSON|D1_TYPE_ERROR/i.test(
    text,
  );

function loggedEvent({ seq, at, type, data, projectionData }: LogRow, channelId: string): LoggedEvent {
  const sinks = projectionData === null ? {} : { projectionData: JSON.parse(projectionData) as ProjectionData };
  return { type, channelId, seq, at: isoTime(at), data: JSON.parse(data), ...sinks } as LoggedEvent;
}
