import { sql } from "drizzle-orm";
import { configOf } from "../../config.ts";
import type { LoggedEvent } from "../../domain/logged-event.ts";
import {
  channelDatabase,
  clearChannel,
  type Database,
  databaseNow,
  deadLetters,
  projectedHead,
  type Statement,
  writeBatch,
} from "../../db/index.ts";
import type { LogRow } from "../../durable/event-log.ts";
import type { Projection, ProjectionSink } from "../../durable/projection-sink.ts";
import { projectModeration } from "../../features/audit/index.ts";
import { projectChannels } from "../../features/channels/index.ts";
import { projectMembers } from "../../features/members/index.ts";
import { projectMessages } from "../../features/messages/index.ts";
import { projectPins } from "../../features/pins/index.ts";
import { projectReactions } from "../../features/reactions/index.ts";
import { projectThreads } from "../../features/threads/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { describeError } from "../../lib/log-line.ts";
import type { EventType } from "../../protocol/index.ts";
import { type FencedTarget, type LogIdentity, logIdentityOf, writeFenced } from "./fenced-batch.ts";
import type { MemberStateRow } from "../../domain/member-state-rows.ts";
import { projectRemovals } from "./project-removals.ts";
import type { ProjectionContext } from "./projection-context.ts";

interface EventProjectionOptions {
  /** How many bytes of earlier versions are kept of one message. */
  versionBytes: number;
}

type EventProjection = (events: LoggedEvent[], db: Database, options: EventProjectionOptions) => Statement[];

/**
 * The features that write an event to D1, in this order: first the message, then what belongs to it; `projectRemovals` runs
 * last. An event without an entry does not compile.
 */
const projectionsOf: Record<EventType, EventProjection[]> = {
  channelCreate: [projectChannels],
  channelUpdate: [projectChannels],
  channelDelete: [projectChannels, projectModeration],
  memberJoin: [projectMembers],
  memberLeave: [projectMembers, projectModeration],
  memberUpdate: [projectMembers, projectModeration],
  // Only the room needs the mutes: it decides about commands and answers the list of members.
  memberMute: [projectModeration],
  memberUnmute: [projectModeration],
  messageCreate: [projectMessages],
  messageUpdate: [projectMessages],
  messageDelete: [projectMessages, projectReactions, projectPins, projectModeration],
  messagePin: [projectMessages, projectPins],
  messageUnpin: [projectMessages, projectPins],
  reactionAdd: [projectMessages, projectReactions],
  reactionRemove: [projectMessages, projectReactions],
  threadCreate: [projectMessages, projectThreads],
  threadUpdate: [projectMessages],
  threadDelete: [projectMessages, projectReactions, projectPins, projectThreads, projectModeration],
};
const eventProjections = new Set(Object.values(projectionsOf).flat());

/**
 * Writes the room's log to D1, from which clients read history, lists and threads. Each event is written exactly once
 * (`writeFenced`).
 */
export class DatabaseProjection implements Projection<LogRow>, FencedTarget {
  readonly name = "record";
  readonly fenceColumn = "channels.projected_seq";
  readonly feed;
  readonly #context: ProjectionContext;
  readonly #memberState: ProjectionSink<MemberStateRow>;
  readonly #options: EventProjectionOptions;

  constructor(context: ProjectionContext, memberState: ProjectionSink<MemberStateRow>) {
    this.#context = context;
    this.#memberState = memberState;
    this.#options = { versionBytes: configOf(context.env).MESSAGE_VERSION_BYTES };
    this.feed = context.room.log;
  }

  get #database(): Database {
    return channelDatabase(this.#context.env, this.#context.room.channel.id);
  }

  async deliver(rows: LogRow[], from: number): Promise<number> {
    const reached = await writeFenced(this, this.#context.room.channel.id, rows, from);
    if (reached === 0 || reached < from) this.#resyncMemberState();
    return reached;
  }

  async readCheckpoint(): Promise<number> {
    const seq = await this.storedCheckpoint();
    this.#resyncMemberState();
    return seq;
  }

  /**
   * A database that was cleared or restored to an earlier moment has lost rows of the members' own state too. They have no
   * checkpoint in D1, so all of them are written again.
   */
  #resyncMemberState(): void {
    this.#memberState.resync(Date.now());
  }

  writeEvents(events: LoggedEvent[], from: number, to: number): Promise<unknown> {
    const db = this.#database;
    const statements = [...eventProjections].flatMap((project) => project(events, db, this.#options));
    return writeBatch(db, [
      fence(logIdentityOf(this.#context.room), from, to),
      ...statements,
      ...projectRemovals(events),
    ]);
  }

  async storeDeadLetter(seq: number, from: number, error: string): Promise<void> {
    const [db, log] = [this.#database, logIdentityOf(this.#context.room)];
    const row = { channelId: log.channelId, seq, error: describeError(error), parkedAt: Date.now() };
    await writeBatch(db, [fence(log, from, seq), db.insert(deadLetters).values(row).onConflictDoNothing()]);
  }

  /**
   * Reads D1's checkpoint. What D1 has of another epoch of the log, or beyond the log's head, is deleted first, and the checkpoint
   * is then 0. When the object crashes before that, the next call finds the same rows again.
   */
  async storedCheckpoint(): Promise<number> {
    const [db, { room }] = [this.#database, this.#context];
    const [stored] = await projectedHead(db, room.channel.id);
    if (!stored) return 0;
    const { channelId, epoch, head } = logIdentityOf(room);
    if (stored.epoch === epoch && stored.seq <= head) return stored.seq;
    await clearChannel(db, { channelId, epoch, ifAt: stored });
    return 0;
  }

  afterBatch(): void {
    failpoint("room:after-record");
  }

  /** Deletes the channel's rows from D1, so that they are written again from the log. The caller then calls `resync` of the sink. */
  async clear(): Promise<void> {
    const { channelId, epoch } = logIdentityOf(this.#context.room);
    await clearChannel(this.#database, { channelId, epoch });
  }
}

/** The statement that lets a batch pass only if D1's checkpoint is `from` of this epoch. The first batch inserts the row. */
function fence({ channelId, epoch }: LogIdentity, from: number, to: number): Statement {
  return sql`
    INSERT INTO channels (id, epoch, changed_at, projected_seq)
    SELECT ${channelId}, ${epoch}, ${databaseNow}, CASE WHEN coalesce((SELECT projected_seq = ${from} AND epoch = ${epoch} FROM channels WHERE id = ${channelId}), ${from} = 0) THEN ${to} END
    WHERE true
    ON CONFLICT (id) DO UPDATE SET projected_seq = excluded.projected_seq, changed_at = excluded.changed_at`;
}
