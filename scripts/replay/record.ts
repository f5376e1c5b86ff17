import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { SeenMessage } from "./subscribers.ts";

/** How far a channel's log goes, and how long whoever follows it may take to get there. */
export interface Head {
  channelId: string;
  head: number;
  patienceMs: number;
}

/** A channel as D1 holds it, or why it cannot be looked at. */
export type RecordView =
  | { found: true; projectedSeq: number; messages: SeenMessage[] }
  | { found: false; reason: string };

/**
 * Reads a channel's messages from the local server's D1, as soon as all of its log is there. `persistTo` is the
 * directory that the server was given under that name.
 */
export async function readRecord(
  persistTo: string,
  { channelId, head, patienceMs }: Head,
): Promise<RecordView> {
  const files = globSync(join(persistTo, "v3/d1/*/*.sqlite"));
  const file = files.find((candidate) => knows(candidate, channelId));
  if (!file) {
    const reason =
      files.length === 0
        ? `there is no D1 under ${persistTo}`
        : `no D1 under ${persistTo} knows this channel`;
    return { found: false, reason };
  }
  const deadline = Date.now() + patienceMs;
  for (;;) {
    using database = new DatabaseSync(file, { readOnly: true });
    const projectedSeq = projectedSeqOf(database, channelId);
    if (projectedSeq < head && Date.now() < deadline) {
      await sleep(100);
      continue;
    }
    const rows = database
      .prepare("SELECT seq, author_id, content FROM messages WHERE channel_id = ? ORDER BY seq")
      .all(channelId);
    const messages = rows.map(({ seq, author_id, content }) => ({
      seq: Number(seq),
      authorId: String(author_id),
      content: String(content),
    }));
    return { found: true, projectedSeq, messages };
  }
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

function projectedSeqOf(database: DatabaseSync, channelId: string): number {
  return Number(
    database.prepare("SELECT projected_seq FROM channels WHERE id = ?").get(channelId)?.["projected_seq"] ??
      0,
  );
}
