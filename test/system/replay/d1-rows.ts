import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SeenMessage } from "./expected.ts";

/** The end of a channel's log, and how long projections may take to reach it. */
export interface ChannelHead {
  channelId: string;
  /** `seq` of the last event. */
  head: number;
  timeoutMs: number;
}

/** The SQLite file of the local server's D1 database, or why it cannot be read. */
export type D1File = { found: true; file: string } | { found: false; reason: string };

/**
 * Finds the D1 database that contains a channel.
 *
 * @param persistTo - the state directory of the server, its option `--persist-to`
 */
export function findD1File(persistTo: string, channelId: string): D1File {
  const files = globSync(join(persistTo, "v3/d1/*/*.sqlite"));
  const file = files.find((candidate) => hasChannel(candidate, channelId));
  if (file) return { found: true, file };
  const reason =
    files.length === 0
      ? `there is no D1 database in ${persistTo}`
      : `no D1 database in ${persistTo} contains this channel`;
  return { found: false, reason };
}

/** The rows of a channel in D1. */
export interface D1Rows {
  projectedSeq: number;
  messages: SeenMessage[];
  /** Thread summaries, by root id. */
  threads: Map<string, unknown>;
  /** Number of replies that are in the channel's history, and of other messages that are not. */
  misplaced: number;
  /** Last read `seq`, by user id. */
  readers: Map<string, number>;
  /** Follows of threads, as `userId rootId lastReadSeq`. */
  followers: Set<string>;
  mentions: { seq: number; userId: string }[];
}

/** Reads the rows of a channel from the SQLite file of D1. */
export function readD1Rows(file: string, channelId: string): D1Rows {
  using database = new DatabaseSync(file, { readOnly: true });
  const all = (query: string) => database.prepare(query).all(channelId);
  const rows = all(
    "SELECT id, seq, author_id, content, thread_id, in_channel, thread FROM messages WHERE channel_id = ? ORDER BY seq",
  );
  const textOrNull = (value: unknown) => (value === null ? null : String(value));
  return {
    projectedSeq: Number(all("SELECT projected_seq AS seq FROM channels WHERE id = ?")[0]?.["seq"] ?? 0),
    messages: rows.map((row) => ({
      seq: Number(row["seq"]),
      authorId: String(row["author_id"]),
      content: String(row["content"]),
      threadId: textOrNull(row["thread_id"]),
    })),
    threads: new Map(
      rows.flatMap(({ id, thread }) => {
        const summary: unknown = thread === null ? null : JSON.parse(String(thread));
        return summary === null ? [] : [[String(id), summary]];
      }),
    ),
    misplaced: rows.filter((row) => (row["in_channel"] === 1) !== (row["thread_id"] === null)).length,
    readers: new Map(
      all("SELECT user_id, last_read_seq FROM channel_readers WHERE channel_id = ?").map((row) => [
        String(row["user_id"]),
        Number(row["last_read_seq"]),
      ]),
    ),
    followers: new Set(
      all(
        "SELECT user_id, root_id, last_read_seq FROM thread_followers WHERE channel_id = ? AND following = 1",
      ).map((row) => `${row["user_id"]} ${row["root_id"]} ${row["last_read_seq"]}`),
    ),
    mentions: all("SELECT seq, user_id FROM mentions WHERE channel_id = ? ORDER BY seq, user_id").map(
      (row) => ({
        seq: Number(row["seq"]),
        userId: String(row["user_id"]),
      }),
    ),
  };
}

/** Whether a SQLite file is the `DB` database of the channel, among those of the search index and of other environments. */
function hasChannel(file: string, channelId: string): boolean {
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return (
      database.prepare("SELECT 1 FROM channel_directory WHERE channel_id = ?").get(channelId) !== undefined
    );
  } catch {
    return false;
  }
}
