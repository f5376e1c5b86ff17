import { sql } from "drizzle-orm";
import { z } from "zod";
import { accountDatabase, type Database } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { decodeCursor, encodeCursor } from "../../domain/pagination.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { inParallel } from "../../lib/parallel.ts";
import type { Command, readAll } from "../../protocol/index.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";

/** Channels, and threads, that one request marks. Each is a call of a room. */
const pageSize = 50;
const roomsAtOnce = 10;

/** Where the next request continues: after a channel, or after a thread with its last reply. */
const ReadAllCursor = z.union([
  z.tuple([z.literal("channels"), z.string()]),
  z.tuple([z.literal("threads"), z.int(), z.string()]),
]);

type Outcome = "marked" | "gone" | "unavailable";
type ReadAllResult = z.output<typeof readAll.response>;

/**
 * Marks a page of the user's channels as read, then, once no channel is left, a page of the threads that the user follows. D1 says which have
 * unread messages and up to which `seq`; their rooms move the read positions, as if the user had read each. A message that D1 does not
 * have yet stays unread. Marking twice changes nothing, so a request that was lost can be repeated.
 *
 * @throws `unavailable` while D1 is down
 */
export async function markAllRead(
  env: Env,
  actor: Actor,
  cursor: string | undefined,
): Promise<ReadAllResult> {
  const position = cursor === undefined ? undefined : decodeCursor(cursor, ReadAllCursor);
  const db = accountDatabase(env);
  const result = { channels: 0, threads: 0, unavailable: 0 };
  if (position?.[0] !== "threads") {
    const channels = await unreadChannels(db, actor.userId, position?.[1] ?? "");
    const outcomes = await inParallel(channels, roomsAtOnce, ({ channelId, seq }) =>
      execute(env, actor, channelId, { type: "read", data: { seq } }),
    );
    count(result, "channels", outcomes);
    const last = channels.length === pageSize ? channels.at(-1) : undefined;
    if (last) return { ...result, nextCursor: encodeCursor(["channels", last.channelId]) };
  }
  const after = position?.[0] === "threads" ? position : undefined;
  const threads = await unreadThreads(db, actor.userId, after?.[1] ?? 0, after?.[2] ?? "");
  const outcomes = await inParallel(threads, roomsAtOnce, ({ channelId, rootId, seq }) =>
    execute(env, actor, channelId, { type: "threadRead", data: { messageId: rootId, seq } }),
  );
  count(result, "threads", outcomes);
  const last = threads.length === pageSize ? threads.at(-1) : undefined;
  return {
    ...result,
    nextCursor: last ? encodeCursor(["threads", last.lastReplyAt, last.rootId]) : null,
  };
}

function count(
  result: Pick<ReadAllResult, "channels" | "threads" | "unavailable">,
  kind: "channels" | "threads",
  outcomes: readonly Outcome[],
): void {
  for (const outcome of outcomes) {
    if (outcome === "marked") result[kind]++;
    if (outcome === "unavailable") result.unavailable++;
  }
}

/** Executes a command that moves a read position. A room that does not answer must not keep the others from being marked. */
async function execute(env: Env, actor: Actor, channelId: string, command: Command): Promise<Outcome> {
  try {
    const answer = await callObject(() => roomOf(env, channelId).execute(actor, command));
    if (answer.ok) return "marked";
    const { code } = answer.problem;
    return code === "unavailable" || code === "rate_limited" || code === "internal" ? "unavailable" : "gone";
  } catch (error) {
    logLine({ level: "warn", message: "read_all.room_failed", channelId, error: describeError(error) });
    return "unavailable";
  }
}

/** Channels of the user with events after the read position, in order of their ids. A member without a row has read everything. */
const unreadChannels = (db: Database, userId: string, after: string) =>
  db.all<{ channelId: string; seq: number }>(sql`
    SELECT member.channel_id AS channelId, channel.projected_seq AS seq
    FROM channel_members AS member
    CROSS JOIN channels AS channel ON channel.id = member.channel_id
    JOIN channel_readers AS reader ON reader.channel_id = member.channel_id AND reader.user_id = member.user_id
    WHERE member.user_id = ${userId} AND member.channel_id > ${after} AND channel.projected_seq > reader.last_read_seq
    ORDER BY member.channel_id LIMIT ${pageSize}`);

/** Threads that the user follows, in channels of theirs, with replies after the read position, in order of their last replies. */
const unreadThreads = (db: Database, userId: string, lastReplyAt: number, rootId: string) =>
  db.all<{ rootId: string; channelId: string; lastReplyAt: number; seq: number }>(sql`
    SELECT follower.root_id AS rootId, follower.channel_id AS channelId, follower.last_reply_at AS lastReplyAt,
      channel.projected_seq AS seq
    FROM thread_followers AS follower
    CROSS JOIN channel_members AS member ON member.channel_id = follower.channel_id AND member.user_id = follower.user_id
    CROSS JOIN channels AS channel ON channel.id = follower.channel_id
    WHERE follower.user_id = ${userId} AND follower.following = 1 AND follower.has_unread = 1
      AND (follower.last_reply_at, follower.root_id) > (${lastReplyAt}, ${rootId})
    ORDER BY follower.last_reply_at, follower.root_id LIMIT ${pageSize}`);
