import { failpoint } from "../core/failpoint.ts";
import type { FollowerRow, ReaderRow, ReadRow } from "../core/personal.ts";
import { projectReaders } from "../features/reads/index.ts";
import { projectFollowers } from "../features/threads/index.ts";
import { type Database, writeBatch } from "../db/index.ts";
import type { Due } from "../log/due.ts";
import type { LogRow } from "../log/log.ts";
import { type Feed, Sink } from "../log/sink.ts";
import type { Deliveries, Delivery } from "./deliveries.ts";
import { noticesOf } from "./notices.ts";
import { type LogLife, placeInRecord, projectToRecord } from "./record.ts";
import type { Room } from "./state.ts";

export interface SinksOptions {
  sql: SqlStorage;
  room: Room;
  due: Due;
  record: () => Database;
  life: () => LogLife;
  deliveries: Deliveries;
}

/** Nobody's database is asked, and people want to hear at once that they are called. */
const noticeRestMs = 20;
/** An event may concern a thousand members: so many rows are enough for one commit. */
const deliveriesAtOnce = 2_000;

/** So many hubs hear every half second of what their users have read; more readings meanwhile are one. */
const readingsAtOnce = 50;
const readingRestMs = 500;

/** What concerns one member alone, of either kind. */
type PersonalRow = ReaderRow | FollowerRow;

/** All that follows a room: D1 the log, D1 what concerns one member alone, hubs what concerns their users. */
export class Sinks {
  readonly record: Sink<LogRow>;
  readonly personal: Sink<PersonalRow>;
  readonly notifications: Sink<LogRow>;
  readonly readings: Sink<ReadRow>;

  constructor({ sql, room, due, record, life, deliveries }: SinksOptions) {
    this.record = new Sink({
      name: "record",
      sql,
      feed: room.log,
      due,
      deliver: async (rows, from) => this.#placed(await projectToRecord(record(), life(), rows, from), from),
      place: async () => this.#placed(await placeInRecord(record(), life())),
    });
    this.personal = new Sink({
      name: "personal",
      sql,
      feed: personalFeed(room),
      due,
      deliver: async (rows) => {
        await projectPersonal(record(), room.channel.id, rows);
        failpoint("room:after-personal");
        return rows.at(-1)?.rev ?? room.revisions.head;
      },
    });
    this.notifications = new Sink({
      name: "notifications",
      sql,
      feed: room.log,
      due,
      restMs: noticeRestMs,
      // Committed before the cursor moves: done twice, a hub takes it once.
      deliver: async (rows, from) => {
        failpoint("room:before-expand");
        const { due: expanded, reached } = expand(room, rows, from);
        deliveries.add(expanded);
        failpoint("room:after-expand");
        return reached;
      },
    });
    this.readings = new Sink({
      name: "readings",
      sql,
      feed: {
        get head() {
          return room.revisions.head;
        },
        read: (after) => room.reads.readAfter(after, readingsAtOnce),
      },
      due,
      restMs: readingRestMs,
      steady: true,
      // Committed before the cursor moves: done twice, a hub takes the newer one.
      deliver: async (rows) => {
        failpoint("room:before-expand");
        const { head } = room.revisions;
        const [last, isAll] = [rows.at(-1), rows.length < readingsAtOnce];
        deliveries.addReadings(
          rows
            .filter(({ userId }) => room.member(userId) !== undefined)
            .map(({ userId, ...reading }) => ({ userId, reading })),
        );
        failpoint("room:after-expand");
        return isAll ? head : (last?.rev ?? head);
      },
    });
  }

  /**
   * A record that was emptied, or set back to before `from`, has lost the members' own state as well, and can't tell how much
   * of it: all is sent again. Without `from` nobody knows where it stood.
   */
  #placed(seq: number, from = Infinity): number {
    if (seq === 0 || seq < from) this.personal.doubt(Date.now());
    return seq;
  }

  get all(): readonly (Sink<LogRow> | Sink<PersonalRow> | Sink<ReadRow>)[] {
    return [this.record, this.personal, this.notifications, this.readings];
  }

  /** Within a commit: from here on an alarm sees to it that each gets what was committed. */
  ensure(nowMs: number): void {
    for (const sink of this.all) if (sink.isBehind) sink.ensure(nowMs);
  }

  kick(): void {
    for (const sink of this.all) sink.kick();
  }

  /** What memory holds may have been rolled back. */
  forget(): void {
    for (const sink of this.all) sink.forget();
  }
}

/** Whom the events concern, up to an event after which they are enough for one commit. */
function expand(room: Room, rows: LogRow[], from: number): { due: Delivery[]; reached: number } {
  const due: Delivery[] = [];
  let reached = from;
  for (const row of rows) {
    if (due.length >= deliveriesAtOnce) break;
    due.push(...noticesOf(room, row));
    reached = row.seq;
  }
  return { due, reached };
}

/** Members' own state in the order of its revisions, from the two tables that share them. */
function personalFeed({ revisions, reads, threads }: Room): Feed<PersonalRow> {
  return {
    get head() {
      return revisions.head;
    },
    read: (after, limit) =>
      [...reads.changedAfter(after, limit), ...threads.changedAfter(after, limit)]
        .toSorted((one, other) => one.rev - other.rev)
        .slice(0, limit),
  };
}

/** A row is written only over an older one, so that a batch may come late or twice. */
async function projectPersonal(db: Database, channelId: string, rows: PersonalRow[]): Promise<void> {
  await writeBatch(db, [
    ...projectReaders(
      channelId,
      rows.filter((row): row is ReaderRow => !("rootId" in row)),
    ),
    ...projectFollowers(
      channelId,
      rows.filter((row): row is FollowerRow => "rootId" in row),
    ),
  ]);
}
