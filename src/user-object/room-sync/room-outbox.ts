import { settledWithin, inParallel } from "../../lib/parallel.ts";
import { backoffMs } from "../../lib/backoff.ts";

/** Something a room must be told until it confirms: that a session ended, who its user is now, or how they show themselves. */
export interface RoomCall {
  kind: "close" | "facts" | "status";
  channelId: string;
  /** Empty where the call is about no session. */
  sessionId: string;
  /** Of the facts, or of the status; 0 where the call is about a session. */
  rev: number;
  attempts: number;
}

/** Makes the call. Resolves to nothing when the room confirmed, or to the time at which to call again. */
export type CallRoom = (call: RoomCall) => Promise<number | undefined>;

/** Rooms that keep facts of the user, and rooms with sockets of theirs. */
const concerned = {
  facts: "SELECT channel_id FROM holders",
  status: "SELECT DISTINCT channel_id FROM attachments",
};

type CallRow = { [K in keyof RoomCall]: RoomCall[K] };

/** The first attempt is made at once; were the object to die meanwhile, the alarm makes it this much later. */
const takeoverMs = 1_000;
const callTimeoutMs = 10_000;
const callsAtOnce = 50;
const callsPerAlarm = 500;
const isCall = "kind = ? AND channel_id = ? AND session_id = ?";

/** The calls that rooms have not confirmed. None is ever given up. */
export class RoomOutbox {
  readonly #sql: SqlStorage;
  readonly #tell: CallRoom;

  constructor(sql: SqlStorage, tell: CallRoom) {
    this.#sql = sql;
    this.#tell = tell;
  }

  /** Within the transaction that makes them necessary; afterwards `deliver` what it returns. */
  queue(calls: Omit<RoomCall, "attempts">[], nowMs: number): RoomCall[] {
    return calls.map((call) => {
      this.#sql.exec(
        `INSERT INTO room_calls (kind, channel_id, session_id, rev, at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind, channel_id, session_id) DO UPDATE SET rev = excluded.rev, at = excluded.at, attempts = 0`,
        ...keyOf(call),
        call.rev,
        nowMs + takeoverMs,
      );
      return { ...call, attempts: 0 };
    });
  }

  /** As `queue`, to all rooms that this concerns, however many: those to call at once, the rest is the alarm's. */
  queueAll(kind: keyof typeof concerned, rev: number, nowMs: number): RoomCall[] {
    this.#sql.exec(
      `INSERT INTO room_calls (kind, channel_id, session_id, rev, at) SELECT ?, channel_id, '', ?, ? FROM (${concerned[kind]}) WHERE true
       ON CONFLICT (kind, channel_id, session_id) DO UPDATE SET rev = excluded.rev, at = excluded.at, attempts = 0`,
      kind,
      rev,
      nowMs + takeoverMs,
    );
    return this.#some("kind = ? AND rev = ?", kind, rev);
  }

  /** Of a kind, those that nobody has tried yet. */
  untried(kind: RoomCall["kind"]): RoomCall[] {
    return this.#some("kind = ? AND attempts = 0", kind);
  }

  due(nowMs: number): RoomCall[] {
    return this.#some("at <= ?", nowMs);
  }

  #some(which: string, ...values: (string | number)[]): RoomCall[] {
    return this.#sql
      .exec<CallRow>(
        `SELECT kind, channel_id AS channelId, session_id AS sessionId, rev, attempts FROM room_calls
         WHERE ${which} ORDER BY at LIMIT ?`,
        ...values,
        callsPerAlarm,
      )
      .toArray();
  }

  /** When the next one is due; undefined when all are confirmed. */
  nextAt(): number | undefined {
    return (
      this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM room_calls").one().at ?? undefined
    );
  }

  /** Makes the calls side by side and notes how each went. Never rejects. */
  async deliver(calls: RoomCall[]): Promise<void> {
    await inParallel(calls, callsAtOnce, async (call) => {
      try {
        const again = await inTime(this.#tell(call));
        if (again === undefined) this.#confirm(call);
        else this.#postpone(call, again, 0);
      } catch {
        this.#postpone(
          call,
          Date.now() + backoffMs(call.attempts, { baseMs: 500, capMs: 60_000 }),
          call.attempts + 1,
        );
      }
    });
  }

  /** What was queued anew meanwhile, with newer facts, stays. */
  #confirm(call: RoomCall): void {
    this.#sql.exec(`DELETE FROM room_calls WHERE ${isCall} AND rev <= ?`, ...keyOf(call), call.rev);
  }

  #postpone(call: RoomCall, at: number, attempts: number): void {
    this.#sql.exec(
      `UPDATE room_calls SET at = ?, attempts = ? WHERE ${isCall} AND rev <= ?`,
      at,
      attempts,
      ...keyOf(call),
      call.rev,
    );
  }
}

const keyOf = ({ kind, channelId, sessionId }: Omit<RoomCall, "attempts">): [string, string, string] => [
  kind,
  channelId,
  sessionId,
];

async function inTime(call: Promise<number | undefined>): Promise<number | undefined> {
  if (await settledWithin(call, callTimeoutMs)) return call;
  throw new Error("The room does not answer");
}
