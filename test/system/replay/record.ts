import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SeenMessage } from "./expected.ts";

/** How far a channel's log goes, and how long whoever follows it may take to get there. */
export interface Head {
  channelId: string;
  head: number;
  patienceMs: number;
}

/** The local server's D1, or why it cannot be looked at. */
export type RecordFile = { found: true; file: string } | { found: false; reason: string };

/** `persistTo` is the directory that the server was given under that name. */
export function findRecord(persistTo: string, channelId: string): RecordFile {
  const files = globSync(join(persistTo, "v3/d1/*/*.sqlite"));
  const file = files.find((candidate) => knows(candidate, channelId));
  if (file) return { found: true, file };
  const reason =
    files.length === 0 ? `there is no D1 under ${persistTo}` : `no D1 under ${persistTo} knows this channel`;
  return { found: false, reason };
}

export interface RecordView {
  projectedSeq: number;
  messages: SeenMessage[];
  /** What roots say of their threads, by their ids. */
  threads: Map<string, unknown>;
  /** Replies that the channel's history would show, and other messages that it would not. */
  misplaced: number;
  /** Up to where people have read, by user. */
  readers: Map<string, number>;
  /** `user root lastReadSeq` of those who follow. */
  followers: Set<string>;
  mentions: { seq: number; userId: string }[];
}

/** A channel as D1's own file holds it. */
export function readRecord(file: string, channelId: string): RecordView {
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

/** Of several databases (record, search index, other environments), the one that the channel was made in. */
function knows(file: string, channelId: string): boolean {
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return (
      database.prepare("SELECT 1 FROM channel_directory WHERE channel_id = ?").get(channelId) !== undefined
    );
  } catch {
    return false;
  }
}
