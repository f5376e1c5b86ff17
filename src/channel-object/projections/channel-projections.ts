import { failpoint } from "../../lib/failpoint.ts";
import type { FollowerRow, ReaderRow, ReadingRow } from "../../domain/member-state-rows.ts";
import type { DroppedFile } from "../../features/files/index.ts";
import { projectReadStates } from "../../features/reads/index.ts";
import { projectFollowers } from "../../features/threads/index.ts";
import { type Database, type SearchIndex, writeBatch } from "../../db/index.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { LogRow } from "../../durable/event-log.ts";
import { type Feed, ProjectionSink } from "../../durable/projection-sink.ts";
import type { NotificationOutbox, NoticeDelivery } from "../notifications/notification-outbox.ts";
import { noticesFor } from "../notifications/notification-recipients.ts";
import type { LogIdentity } from "./fenced-batch.ts";
import { IndexGeneration } from "./index-generation.ts";
import { StaleIndexCleanup } from "./stale-index-cleanup.ts";
import { readDatabaseCheckpoint, type ProjectionOptions, projectToDatabase } from "./database-projection.ts";
import { indexEvents, type Indexing, readIndexCheckpoint, removeStaleEntries } from "./search-projection.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

export interface ChannelProjectionsOptions {
  sql: SqlStorage;
  room: StoredRoomState;
  due: AlarmScheduler;
  record: () => Database;
  index: () => SearchIndex;
  projection: ProjectionOptions;
  life: () => LogIdentity;
  deliveries: NotificationOutbox;
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
export class ChannelProjections {
  readonly database: ProjectionSink<LogRow>;
  readonly search: ProjectionSink<LogRow>;
  readonly memberState: ProjectionSink<PersonalRow>;
  readonly notifications: ProjectionSink<LogRow>;
  readonly readStates: ProjectionSink<ReadingRow>;
  readonly deletedFiles: ProjectionSink<DroppedFile>;
  readonly staleIndexCleanup: StaleIndexCleanup;
  readonly #generations: IndexGeneration;
  readonly #room: StoredRoomState;

  constructor({
    sql,
    room,
    due,
    record,
    index,
    projection,
    life,
    deliveries,
    dropFiles,
  }: ChannelProjectionsOptions) {
    this.#room = room;
    this.#generations = new IndexGeneration(sql);
    this.database = new ProjectionSink({
      name: "record",
      sql,
      feed: room.log,
      alarms: due,
      deliver: async (rows, from) =>
        this.#placed(await projectToDatabase(record(), life(), rows, from, projection), from),
      readCheckpoint: async () => this.#placed(await readDatabaseCheckpoint(record(), life())),
    });
    const indexing = (): Indexing => ({
      index: index(),
      room,
      life,
      generations: this.#generations,
      onNewGeneration: () => this.staleIndexCleanup.schedule(Date.now()),
    });
    this.search = new ProjectionSink({
      name: "search",
      sql,
      feed: room.log,
      alarms: due,
      batchIntervalMs: indexRestMs,
      initialDelayMs: indexGatherMs,
      deliver: async (rows, from) => {
        const reached = await indexEvents(indexing(), room.channel.id, rows, from);
        // Set back to before what was left over was removed, it has that again.
        if (reached < from) this.staleIndexCleanup.schedule(Date.now());
        return reached;
      },
      readCheckpoint: () => readIndexCheckpoint(indexing()),
    });
    this.staleIndexCleanup = new StaleIndexCleanup({
      due,
      generations: this.#generations,
      indexed: () => this.search.cursor,
      remove: () => removeStaleEntries(indexing()),
    });
    this.memberState = new ProjectionSink({
      name: "personal",
      sql,
      feed: personalFeed(room),
      alarms: due,
      deliver: async (rows) => {
        await projectPersonal(record(), room.channel.id, rows);
        failpoint("room:after-personal");
        return rows.at(-1)?.rev ?? room.revisions.head;
      },
    });
    this.notifications = new ProjectionSink({
      name: "notifications",
      sql,
      feed: room.log,
      alarms: due,
      batchIntervalMs: noticeRestMs,
      // Committed before the cursor moves: done twice, a hub takes it once.
      deliver: async (rows, from) => {
        failpoint("room:before-expand");
        const { due: expanded, reached } = expand(room, rows, from);
        deliveries.add(expanded);
        failpoint("room:after-expand");
        return reached;
      },
    });
    this.readStates = new ProjectionSink({
      name: "readings",
      sql,
      feed: {
        get head() {
          return room.revisions.head;
        },
        read: (after) => readingsAfter(room, after),
      },
      alarms: due,
      batchIntervalMs: readingRestMs,
      alwaysPaced: true,
      // Committed before the cursor moves: done twice, a hub takes the newer one.
      deliver: async (rows) => {
        failpoint("room:before-expand");
        const { head } = room.revisions;
        const [last, isAll] = [rows.at(-1), rows.length < readingsAtOnce];
        const present = rows.filter(({ userId }) => room.member(userId) !== undefined);
        deliveries.addReadStates(
          present.flatMap(({ userId, rootId, ...reading }) =>
            rootId === undefined ? [{ userId, reading }] : [],
          ),
        );
        deliveries.addThreadReadStates(
          present.flatMap(({ userId, rootId, rev, lastReadSeq }) =>
            rootId === undefined ? [] : [{ userId, rev, reading: { rootId, lastReadSeq } }],
          ),
        );
        failpoint("room:after-expand");
        return isAll ? head : (last?.rev ?? head);
      },
    });
    this.deletedFiles = new ProjectionSink({
      name: "files",
      sql,
      feed: {
        get head() {
          return room.files.droppedHead;
        },
        read: (after) => room.files.droppedAfter(after, dropsAtOnce),
      },
      alarms: due,
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
    if (seq === 0 || seq < from) this.memberState.resync(Date.now());
    return seq;
  }

  /** Where the log ends, and how far it is elsewhere. Who asks waits for it: the index rests no longer. */
  progress(): Progress {
    const { head } = this.#room.log;
    void this.search.waitFor(head, progressMs);
    return { head, recorded: Math.max(0, this.database.cursor), indexed: Math.max(0, this.search.cursor) };
  }

  /** Has the search index write the channel anew, from its log, while what it has goes on being found. */
  reindex(nowMs: number): void {
    this.#generations.begin(this.#room.log.head);
    this.staleIndexCleanup.schedule(nowMs);
    this.search.resync(nowMs);
  }

  get all(): readonly (
    | ProjectionSink<LogRow>
    | ProjectionSink<PersonalRow>
    | ProjectionSink<ReadingRow>
    | ProjectionSink<DroppedFile>
  )[] {
    return [
      this.database,
      this.search,
      this.memberState,
      this.notifications,
      this.readStates,
      this.deletedFiles,
    ];
  }

  /** Within a commit: from here on an alarm sees to it that each gets what was committed. */
  scheduleRetries(nowMs: number): void {
    for (const sink of this.all) if (sink.isBehind) sink.scheduleRetry(nowMs);
  }

  startDraining(): void {
    for (const sink of this.all) sink.startDraining();
  }

  /** What memory holds may have been rolled back. */
  invalidate(): void {
    for (const sink of this.all) sink.invalidate();
  }
}

/** Whom the events concern, up to an event after which they are enough for one commit. */
function expand(
  room: StoredRoomState,
  rows: LogRow[],
  from: number,
): { due: NoticeDelivery[]; reached: number } {
  const due: NoticeDelivery[] = [];
  let reached = from;
  for (const row of rows) {
    if (due.length >= deliveriesAtOnce) break;
    due.push(...noticesFor(room, row));
    reached = row.seq;
  }
  return { due, reached };
}

/** Readings of the channel and of its threads, in the order of revisions. */
const readingsAfter = ({ reads, threads }: StoredRoomState, after: number): ReadingRow[] =>
  [...reads.readsSince(after, readingsAtOnce), ...threads.changesSince(after, readingsAtOnce)]
    .toSorted((one, other) => one.rev - other.rev)
    .slice(0, readingsAtOnce);

/** Members' own state in the order of its revisions, from the two tables that share them. */
function personalFeed({ revisions, reads, threads }: StoredRoomState): Feed<PersonalRow> {
  return {
    get head() {
      return revisions.head;
    },
    read: (after, limit) =>
      [...reads.changesSince(after, limit), ...threads.changesSince(after, limit)]
        .toSorted((one, other) => one.rev - other.rev)
        .slice(0, limit),
  };
}

/** A row is written only over an older one, so that a batch may come late or twice. */
async function projectPersonal(db: Database, channelId: string, rows: PersonalRow[]): Promise<void> {
  await writeBatch(db, [
    ...projectReadStates(
      channelId,
      rows.filter((row): row is ReaderRow => !("rootId" in row)),
    ),
    ...projectFollowers(
      channelId,
      rows.filter((row): row is FollowerRow => "rootId" in row),
    ),
  ]);
}
