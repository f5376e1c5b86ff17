import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { SeenMessage } from "./subscribers.ts";

/** A channel as D1 holds it, or why it cannot be looked at. */
export type RecordView = { found: true; projectedSeq: number; messages: SeenMessage[] } | { found: false; reason: string };

export interface RecordOptions {
  /** What the server was given as `--persist-to`. */
  persistTo: string;
  channelId: string;
  /** The head of the channel's log: D1 is written behind it. */
  head: number;
  patienceMs: number;
}

/** Reads a channel's messages from the local server's D1 file, as soon as all of its log is there. */
export async function readRecord({ persistTo, channelId, head, patienceMs }: RecordOptions): Promise<RecordView> {
  const files = globSync(join(persistTo, "v3/d1/*/*.sqlite"));
  const file = files.find((candidate) => knows(candidate, channelId));
  if (!file) {
    const reason = files.length === 0 ? `there is no D1 under ${persistTo}` : `no D1 under ${persistTo} knows this channel`;
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
    const rows = database.prepare("SELECT seq, author_id, content FROM messages WHERE channel_id = ? ORDER BY seq").all(channelId);
    const messages = rows.map(({ seq, author_id, content }) => ({ seq: Number(seq), authorId: String(author_id), content: String(content) }));
    return { found: true, projectedSeq, messages };
  }
}

/** Of several databases (record, search index, other environments), the one that the channel was made in. */
function knows(file: string, channelId: string): boolean {
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return database.prepare("SELECT 1 FROM channel_directory WHERE channel_id = ?").get(channelId) !== undefined;
  } catch {
    return false;
  }
}

function projectedSeqOf(database: DatabaseSync, channelId: string): number {
  return Number(database.prepare("SELECT projected_seq FROM channels WHERE id = ?").get(channelId)?.["projected_seq"] ?? 0);
}
