import { failpoint } from "../../lib/failpoint.ts";
import type { FollowerRow, ReaderRow, ReadingRow } from "../../domain/member-state-rows.ts";
import type { DroppedFile } from "../../features/files/index.ts";
import { projectReaders } from "../../features/reads/index.ts";
import { projectFollowers } from "../../features/threads/index.ts";
import { type Database, type SearchIndex, writeBatch } from "../../db/index.ts";
import type { Due } from "../../durable/alarm-scheduler.ts";
import type { LogRow } from "../../durable/event-log.ts";
import { type Feed, Sink } from "../../durable/projection-sink.ts";
import type { Deliveries, Delivery } from "../notifications/notification-outbox.ts";
import { noticesOf } from "../notifications/notification-recipients.ts";
import type { LogLife } from "./fenced-batch.ts";
import { IndexLife } from "./index-generation.ts";
import { Leftovers } from "./stale-index-cleanup.ts";
import { placeInRecord, type ProjectionOptions, projectToRecord } from "./database-projection.ts";
import { indexEvents, type Indexing, placeInIndex, removeLeftovers } from "./search-projection.ts";
import type { Room } from "../stored-room-state.ts";

export interface SinksOptions {
  sql: SqlStorage;
  room: Room;
  due: Due;
  record: () => Database;
  index: () => SearchIndex;
  projection: ProjectionOptions;
  life: () => LogLife;
  deliveries: Deliveries;
  /** Tells hubs of files whose messages were deleted. */
  dropFiles: (files: DroppedFile[]) => Promise<void>;
}

/** Nobody's database is asked, and people want to hear at once that they are called. */
const noticeRestMs = 20;
/** An event may concern a thousand members: so many rows are enough for one commit. */
const deliveriesAtOnce = 2_000;

/** So many hubs hear every half second of what their users have read; more readings meanwhile are one. */
const readingsAtOnce = 50;
const readingRestMs = 500;

/** Deleted messages whose files go in one round. */
const dropsAtOnce = 100;

/** Search may lag a little more than the record, which is what people look at. */
const indexRestMs = 1_000;
const indexGatherMs = 250;

/** Where a channel's log ends, and up to where the record and the search index have it. */
export interface Progress {
  head: number;
  recorded: number;
  indexed: number;
}
/** So long one who asks for it is taken to wait. */
const progressMs = 1_000;

/** What concerns one member alone, of either kind. */
type PersonalRow = ReaderRow | FollowerRow;

/** All that follows a room: D1 and the search index the log, D1 what concerns one member alone, hubs what concerns their users. */
export class Sinks {
  readonly record: Sink<LogRow>;
  readonly search: Sink<LogRow>;
  readonly personal: Sink<PersonalRow>;
  readonly notifications: Sink<LogRow>;
  readonly readings: Sink<ReadingRow>;
  readonly files: Sink<DroppedFile>;
  readonly leftovers: Leftovers;
  readonly #generations: IndexLife;
  readonly #room: Room;

  constructor({ sql, room, due, record, index, projection, life, deliveries, dropFiles }: SinksOptions) {
    this.#room = room;
    this.#generations = new IndexLife(sql);
    this.record = new Sink({
      name: "record",
      sql,
      feed: room.log,
      due,
      deliver: async (rows, from) =>
        this.#placed(await projectToRecord(record(), life(), rows, from, projection), from),
      place: async () => this.#placed(await placeInRecord(record(), life())),
    });
    const indexing = (): Indexing => ({
      index: index(),
      room,
      life,
      generations: this.#generations,
      onNewGeneration: () => this.leftovers.expect(Date.now()),
    });
    this.search = new Sink({
      name: "search",
      sql,
      feed: room.log,
      due,
      restMs: indexRestMs,
      gatherMs: indexGatherMs,
      deliver: async (rows, from) => {
        const reached = await indexEvents(indexing(), room.channel.id, rows, from);
        // Set back to before what was left over was removed, it has that again.
        if (reached < from) this.leftovers.expect(Date.now());
        return reached;
      },
      place: () => placeInIndex(indexing()),
    });
    this.leftovers = new Leftovers({
      due,
      generations: this.#generations,
      indexed: () => this.search.cursor,
      remove: () => removeLeftovers(indexing()),
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
        read: (after) => readingsAfter(room, after),
      },
      due,
      restMs: readingRestMs,
      steady: true,
      // Committed before the cursor moves: done twice, a hub takes the newer one.
      deliver: async (rows) => {
        failpoint("room:before-expand");
        const { head } = room.revisions;
        const [last, isAll] = [rows.at(-1), rows.length < readingsAtOnce];
        const present = rows.filter(({ userId }) => room.member(userId) !== undefined);
        deliveries.addReadings(
          present.flatMap(({ userId, rootId, ...reading }) =>
            rootId === undefined ? [{ userId, reading }] : [],
          ),
        );
        deliveries.addThreadReadings(
          present.flatMap(({ userId, rootId, rev, lastReadSeq }) =>
            rootId === undefined ? [] : [{ userId, rev, reading: { rootId, lastReadSeq } }],
          ),
        );
        failpoint("room:after-expand");
        return isAll ? head : (last?.rev ?? head);
      },
    });
    this.files = new Sink({
      name: "files",
      sql,
      feed: {
        get head() {
          return room.files.droppedHead;
        },
        read: (after) => room.files.droppedAfter(after, dropsAtOnce),
      },
      due,
      // Told twice, a hub deletes once.
      deliver: async (dropped) => {
        failpoint("room:before-drop");
        await dropFiles(dropped);
        failpoint("room:after-drop");
        return dropped.at(-1)?.seq ?? room.files.droppedHead;
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

  /** Where the log ends, and how far it is elsewhere. Who asks waits for it: the index rests no longer. */
  progress(): Progress {
    const { head } = this.#room.log;
    void this.search.until(head, progressMs);
    return { head, recorded: Math.max(0, this.record.cursor), indexed: Math.max(0, this.search.cursor) };
  }

  /** Has the search index write the channel anew, from its log, while what it has goes on being found. */
  reindex(nowMs: number): void {
    this.#generations.begin(this.#room.log.head);
    this.leftovers.expect(nowMs);
    this.search.doubt(nowMs);
  }

  get all(): readonly (Sink<LogRow> | Sink<PersonalRow> | Sink<ReadingRow> | Sink<DroppedFile>)[] {
    return [this.record, this.search, this.personal, this.notifications, this.readings, this.files];
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

/** Readings of the channel and of its threads, in the order of revisions. */
const readingsAfter = ({ reads, threads }: Room, after: number): ReadingRow[] =>
  [...reads.readAfter(after, readingsAtOnce), ...threads.changedAfter(after, readingsAtOnce)]
    .toSorted((one, other) => one.rev - other.rev)
    .slice(0, readingsAtOnce);

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
