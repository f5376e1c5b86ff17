import type { MemberStateRow, ReadPositionRow } from "../../domain/member-state-rows.ts";
import type { DroppedFile } from "../../features/files/index.ts";
import type { LogRow } from "../../durable/event-log.ts";
import { type Projection, ProjectionSink } from "../../durable/projection-sink.ts";
import type { CommittedEvent } from "../commands/commit-batch.ts";
import type { NotificationOutbox } from "../notifications/notification-outbox.ts";
import type { WakeOutbox } from "../event-subscriptions/wake-outbox.ts";
import { notifyNoOne } from "../notifications/notification-recipients.ts";
import { DatabaseProjection } from "./database-projection.ts";
import { DeletedFilesProjection } from "./deleted-files-projection.ts";
import { IndexGeneration } from "./index-generation.ts";
import { MemberStateProjection } from "./member-state-projection.ts";
import { NotificationProjection } from "./notification-projection.ts";
import type { ProjectionContext } from "./projection-context.ts";
import { ReadStateProjection } from "./read-state-projection.ts";
import { SearchProjection } from "./search-projection.ts";
import { StaleIndexCleanup } from "./stale-index-cleanup.ts";
import { SubscriptionProjection } from "./subscription-projection.ts";

/** The `seq` of a channel's last event, and up to which `seq` D1 and the search index have everything. */
export interface Progress {
  head: number;
  recorded: number;
  indexed: number;
}
/** How long a progress query suspends the batching of the search index. */
const progressWaitMs = 1_000;

/**
 * Everything that is derived from a room. The class of a projection contains what it writes; its sink (`ProjectionSink`) decides
 * when. After a commit, `scheduleRetries` (in the transaction) and `startDraining` (after it) start all
 * of them.
 */
export class ChannelProjections {
  /** The log in D1. */
  readonly database: ProjectionSink<LogRow>;
  /** The log in the search index. */
  readonly search: ProjectionSink<LogRow>;
  /** The members' own state in D1. */
  readonly memberState: ProjectionSink<MemberStateRow>;
  /** The log as rows of the notification outbox. */
  readonly notifications: ProjectionSink<LogRow>;
  /** Read positions as rows of the notification outbox. */
  readonly readStates: ProjectionSink<ReadPositionRow>;
  /** Files of deleted messages, as calls to hubs. */
  readonly deletedFiles: ProjectionSink<DroppedFile>;
  /** The log as calls to the senders of subscriptions. Only in rooms that have any. */
  readonly subscriptions: ProjectionSink<never>;
  readonly staleIndexCleanup: StaleIndexCleanup;
  readonly #context: ProjectionContext;
  readonly #generations: IndexGeneration;
  readonly #databaseProjection: DatabaseProjection;
  readonly #sinks;
  /** Those that every room uses; `subscriptions` is used only in rooms that have any. */
  readonly #sinksOfAllRooms;

  constructor(context: ProjectionContext, outbox: NotificationOutbox, wakes: WakeOutbox) {
    const { alarms, room, storage } = context;
    const { sql } = storage;
    const sinkOf = <Row>(projection: Projection<Row>): ProjectionSink<Row> =>
      new ProjectionSink(projection, { sql, alarms });
    this.#context = context;
    this.#generations = new IndexGeneration(sql);
    this.staleIndexCleanup = new StaleIndexCleanup(context, this.#generations);
    this.memberState = sinkOf(new MemberStateProjection(context));
    this.#databaseProjection = new DatabaseProjection(context, this.memberState);
    this.database = sinkOf(this.#databaseProjection);
    this.search = sinkOf(new SearchProjection(context, this.#generations, this.staleIndexCleanup));
    this.notifications = sinkOf(new NotificationProjection(room, outbox));
    this.readStates = sinkOf(new ReadStateProjection(room, outbox));
    this.deletedFiles = sinkOf(new DeletedFilesProjection(context));
    this.subscriptions = sinkOf(new SubscriptionProjection(room, wakes));
    this.#sinksOfAllRooms = [
      this.database,
      this.search,
      this.memberState,
      this.notifications,
      this.readStates,
      this.deletedFiles,
    ] as const;
    this.#sinks = [...this.#sinksOfAllRooms, this.subscriptions] as const;
  }

  /** Returns how far the projections are. The caller waits for the index, so its batching is suspended. */
  progress(): Progress {
    const { head } = this.#context.room.log;
    void this.search.waitFor(head, progressWaitMs);
    return { head, recorded: Math.max(0, this.database.cursor), indexed: Math.max(0, this.search.cursor) };
  }

  /** Deletes the channel's rows from D1, and writes them again from the log in the background. */
  async reproject(): Promise<void> {
    this.database.forgetCursor(Date.now());
    try {
      await this.#databaseProjection.clear();
    } finally {
      // Even without an answer D1 may have been cleared, or be cleared a moment later.
      this.database.resync(Date.now());
    }
  }

  /** Writes the channel's search rows again from the log, in the background. The present rows stay searchable meanwhile. */
  reindex(nowMs: number): void {
    this.#generations.begin(this.#context.room.log.head);
    this.staleIndexCleanup.schedule(nowMs);
    this.search.resync(nowMs);
  }

  /**
   * Moves the cursor of the notifications past events that notify no one, within the transaction that commits them. Otherwise each
   * message would cost a second commit, a moment later.
   *
   * @param from the `seq` before the first of the events
   */
  skipNotifications(from: number, events: readonly CommittedEvent[]): void {
    const last = events.at(-1);
    if (last && notifyNoOne(this.#context.room, events)) this.notifications.skip(from, last.seq);
  }

  /** The projections that a commit may leave behind. A commit in a room without subscriptions costs nothing for them. */
  get #active() {
    return this.#context.room.subscriptions.isEmpty ? this.#sinksOfAllRooms : this.#sinks;
  }

  /** Sets the alarm for every projection that is behind, within the transaction of a commit. */
  scheduleRetries(nowMs: number): void {
    for (const sink of this.#active) if (sink.isBehind) sink.scheduleRetry(nowMs);
  }

  /** Starts delivery to every projection that is behind, after a commit. */
  startDraining(): void {
    for (const sink of this.#active) sink.startDraining();
  }

  /** Delivers everything that is outstanding, as far as the targets answer. */
  async drainAll(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.drain()));
  }

  /** Reads the cursors again on next use: what memory holds may have been rolled back. */
  invalidate(): void {
    for (const sink of this.#sinks) sink.invalidate();
  }
}
