import { env } from "cloudflare:workers";
import { eventually } from "../assertions/eventually.ts";
import { roomStub } from "./room-object.ts";

const index = env.SEARCH;

/** Queries the search index directly, bypassing any interceptor. */
export const indexRows = async <Row = Record<string, unknown>>(
  sql: string,
  ...params: unknown[]
): Promise<Row[]> =>
  (
    await index
      .prepare(sql)
      .bind(...params)
      .all<Row>()
  ).results;

export interface IndexedChannel {
  no: number;
  epoch: string;
  generation: number;
  indexed_seq: number;
  head: number;
  type: string;
  name: string | null;
}

export const indexedChannel = async (channelId: string): Promise<IndexedChannel | undefined> =>
  (await indexRows<IndexedChannel>("SELECT * FROM search_channels WHERE channel_id = ?", channelId))[0];

/** Returns the seq up to which the index has the log. */
export const indexedSeq = async (channelId: string): Promise<number> =>
  (await indexedChannel(channelId))?.indexed_seq ?? 0;

/** Waits until the index has the whole log and the room knows it. */
export async function waitForIndex(channelId: string): Promise<void> {
  await eventually(async () => {
    const { head, indexed: cursor } = await roomStub(channelId).progress();
    return cursor === head && (await indexedSeq(channelId)) === head;
  }, `the index of ${channelId}`);
}

/** Returns the ids of the messages that contain this word. */
export const messageIdsWithWord = async (word: string): Promise<string[]> =>
  (
    await indexRows<{ id: string }>(
      "SELECT message_id AS id FROM search_text JOIN documents ON doc = search_text.rowid WHERE search_text MATCH ? ORDER BY doc",
      `"${word}"`,
    )
  ).map(({ id }) => id);

/** Whether the text is anywhere in the index, including FTS5's own blobs. */
export async function indexContains(text: string): Promise<boolean> {
  for (const table of ["search_text_data", "search_text_content", "search_text_idx", "channel_text_data"]) {
    const rows = await indexRows<Record<string, unknown>>(`SELECT * FROM ${table}`);
    const held = rows.flatMap((row) => Object.values(row)).map(bytesAsText);
    if (held.some((value) => value.includes(text))) return true;
  }
  return false;
}

const bytesAsText = (value: unknown): string =>
  typeof value === "string" ? value : Array.isArray(value) ? String.fromCharCode(...value) : "";

/** Inserts documents that no event of the log wrote, as of messages in an earlier epoch. */
export async function insertOrphanDocuments(channelId: string, count: number): Promise<void> {
  const { no } = (await indexedChannel(channelId))!;
  await indexRows(
    `INSERT INTO documents (doc, message_id, channel_no, rev, generation, author_id, created_at)
     WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)
     SELECT ?1 * 10000 + n, 'stranger' || ?1 || ' ' || n, ?1, 99999, 1, 'nobody', 0 FROM n`,
    no,
    count,
  );
  await indexRows(
    "INSERT INTO search_text (rowid, words, stems, files) SELECT doc, 'revenant', '', '' FROM documents WHERE author_id = 'nobody' AND channel_no = ?",
    no,
  );
}

/** Counts the documents that `insertOrphanDocuments` made. */
export const countOrphanDocuments = async (): Promise<number> =>
  (await indexRows<{ n: number }>("SELECT count(*) AS n FROM documents WHERE author_id = 'nobody'"))[0]!.n;
