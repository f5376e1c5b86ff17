import { eq, sql } from "drizzle-orm";
import { failpoint } from "../../lib/failpoint.ts";
import { describeError } from "../../lib/log-line.ts";
import type { LoggedEvent } from "../../domain/logged-event.ts";
import {
  channelMembers,
  channelReaders,
  channels,
  type Database,
  databaseNow,
  deadLetters,
  headOf,
  mentions,
  messages,
  messageVersions,
  pins,
  reactions,
  type Statement,
  threadFollowers,
  writeBatch,
} from "../../db/index.ts";
import { projectChannels } from "../../features/channels/index.ts";
import { projectMembers } from "../../features/members/index.ts";
import { projectMessages } from "../../features/messages/index.ts";
import { projectPins } from "../../features/pins/index.ts";
import { projectReactions } from "../../features/reactions/index.ts";
import { projectThreads } from "../../features/threads/index.ts";
import type { LogRow } from "../../durable/event-log.ts";
import type { EventType } from "../../protocol/index.ts";
import { type LogIdentity, writeFenced } from "./fenced-batch.ts";

export interface ProjectionOptions {
  /** Earlier versions that are kept of one message, in bytes. */
  versionBytes: number;
}

type Projection = (events: LoggedEvent[], db: Database, options: ProjectionOptions) => Statement[];

/** Who writes which event, in this order: a message first, then what others add to it. The compiler asks for every event. */
const projectionsOf: Record<EventType, Projection[]> = {
  channelCreate: [projectChannels],
  channelUpdate: [projectChannels],
  channelDelete: [projectChannels],
  memberJoin: [projectMembers],
  memberLeave: [projectMembers],
  memberUpdate: [projectMembers],
  messageCreate: [projectMessages],
  messageUpdate: [projectMessages],
  messageDelete: [projectMessages, projectReactions, projectPins],
  messagePin: [projectMessages, projectPins],
  messageUnpin: [projectMessages, projectPins],
  reactionAdd: [projectMessages, projectReactions],
  reactionRemove: [projectMessages, projectReactions],
  threadCreate: [projectMessages, projectThreads],
  threadUpdate: [projectMessages],
  threadDelete: [projectMessages, projectReactions, projectPins, projectThreads],
};
const projections = new Set(Object.values(projectionsOf).flat());

/** Writes events to D1, exactly once, behind a fence. Returns up to which `seq` D1 now has everything; throws while it does not answer. */
export function projectToDatabase(
  db: Database,
  life: LogIdentity,
  rows: readonly LogRow[],
  from: number,
  options: ProjectionOptions,
): Promise<number> {
  return writeFenced(
    {
      fence: "channels.projected_seq",
      write: (events, at, to) =>
        writeBatch(db, [
          fence(life, at, to),
          ...[...projections].flatMap((project) => project(events, db, options)),
        ]),
      park: (seq, at, error) => park(db, life, at, seq, error),
      place: () => readDatabaseCheckpoint(db, life),
      passed: () => failpoint("room:after-record"),
    },
    life.channelId,
    rows,
    from,
  );
}

/**
 * Lets the batch pass only if D1 stands at `from` of this life of the log; the first batch makes the row. Anything else
 * makes the value NULL in a NOT NULL column.
 */
function fence({ channelId, epoch }: LogIdentity, from: number, to: number): Statement {
  return sql`
    INSERT INTO channels (id, epoch, changed_at, projected_seq)
    SELECT ${channelId}, ${epoch}, ${databaseNow}, CASE WHEN coalesce((SELECT projected_seq = ${from} AND epoch = ${epoch} FROM channels WHERE id = ${channelId}), ${from} = 0) THEN ${to} END
    WHERE true
    ON CONFLICT (id) DO UPDATE SET projected_seq = excluded.projected_seq, changed_at = excluded.changed_at`;
}

/**
 * Where D1 stands in this log: 0 if it has nothing of it. What it holds of another life of the log is thrown away, and so is
 * what it holds beyond the head, of a log that was restored to an earlier moment.
 */
export async function readDatabaseCheckpoint(db: Database, life: LogIdentity): Promise<number> {
  const [head] = await headOf(db, life.channelId);
  if (!head) return 0;
  if (head.epoch === life.epoch && head.seq <= life.head) return head.seq;
  await clearDatabase(db, life, head);
  return 0;
}

/**
 * Takes everything of a channel out of the projected tables, to be written anew from the log. `seen`: fails whole, as a late
 * batch does, unless D1 still stands there.
 */
export async function clearDatabase(
  db: Database,
  { channelId, epoch }: Pick<LogIdentity, "channelId" | "epoch">,
  seen?: { seq: number; epoch: string },
): Promise<void> {
  const zero = seen
    ? sql<number>`CASE WHEN projected_seq = ${seen.seq} AND epoch = ${seen.epoch} THEN 0 END`
    : 0;
  await db.batch([
    db.update(channels).set({ projectedSeq: zero, epoch }).where(eq(channels.id, channelId)),
    db
      .delete(messageVersions)
      .where(sql`message_id IN (SELECT id FROM messages WHERE channel_id = ${channelId})`),
    ...[
      messages,
      mentions,
      reactions,
      pins,
      channelMembers,
      channelReaders,
      threadFollowers,
      deadLetters,
    ].map((table) => db.delete(table).where(eq(table.channelId, channelId))),
  ]);
}

/** Puts an event aside that D1 will never take, and passes it, in one batch. */
async function park(
  db: Database,
  life: LogIdentity,
  from: number,
  seq: number,
  error: string,
): Promise<void> {
  const row = { channelId: life.channelId, seq, error: describeError(error), parkedAt: Date.now() };
  await writeBatch(db, [fence(life, from, seq), db.insert(deadLetters).values(row).onConflictDoNothing()]);
}
