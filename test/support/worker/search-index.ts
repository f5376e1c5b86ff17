import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import { wordsOf } from "../../../src/text/words.ts";
import { indexText as indexedText } from "../../../src/features/search/indexing/index-text.ts";
import type { Message } from "../../../src/protocol/index.ts";
import { roomStub } from "./cast.ts";
import type { DatabaseCall } from "./database.ts";
import { eventually } from "./eventually.ts";
import { foldLog } from "./projection.ts";
import { roomRows } from "./room.ts";
import { plainView } from "./view.ts";

const index = env.SEARCH;

/** A batch of events: it begins with the fence. */
export const isIndexBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("INSERT INTO search_channels");

/** The batch by which a channel begins to be indexed anew. */
export const isNewGenerationBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("UPDATE search_channels SET epoch");

/** Rows straight from the index, whatever is between it and the Worker. */
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

/** Up to where the index has the log, as the index itself says. */
export const indexedSeq = async (channelId: string): Promise<number> =>
  (await indexedChannel(channelId))?.indexed_seq ?? 0;

/** Waits until the index has all of the log, and the room knows. */
export async function waitForIndex(channelId: string): Promise<void> {
  await eventually(async () => {
    const { head, indexed: cursor } = await roomStub(channelId).progress();
    return cursor === head && (await indexedSeq(channelId)) === head;
  }, `the index of ${channelId}`);
}

/** The clock goes on past the rest between batches, so that the next goes at once. Put it back by `vi.useRealTimers()`. */
export const skipBatchInterval = (): void => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_500 });

/** What the index finds by this word alone, as ids of messages. */
export const messageIdsWithWord = async (word: string): Promise<string[]> =>
  (
    await indexRows<{ id: string }>(
      "SELECT message_id AS id FROM search_text JOIN documents ON doc = search_text.rowid WHERE search_text MATCH ? ORDER BY doc",
      `"${word}"`,
    )
  ).map(({ id }) => id);

/** Whether this is anywhere in what the index stores, its own blobs too. */
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

/** Rows that no event of the log wrote: of messages in another life of it. */
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

/** How many of those are left. */
export const countOrphanDocuments = async (): Promise<number> =>
  (await indexRows<{ n: number }>("SELECT count(*) AS n FROM documents WHERE author_id = 'nobody'"))[0]!.n;

/** The index equals what the log says, folded one event at a time: nothing is missing, twice, stale or left over. */
export async function expectIndexMatchesLog(channelId: string): Promise<void> {
  await waitForIndex(channelId);
  const { channel, members, messages } = plainView(await foldLog(channelId));
  const [life] = await roomRows<{ head: number; epoch: string; generation: number }>(
    channelId,
    "SELECT (SELECT max(seq) FROM log) AS head, epoch, generation FROM log_life, index_life",
  );
  const row = await indexedChannel(channelId);
  expect(row).toMatchObject({
    epoch: life!.epoch,
    generation: life!.generation,
    indexed_seq: life!.head,
    type: channel!.type,
    name: channel!.name,
    name_key: channel!.name && foldKey(channel!.name),
    archived_at: channel!.archivedAt && Date.parse(channel!.archivedAt),
  });
  const no = row!.no;
  expect(
    await indexRows("SELECT user_id AS id FROM search_members WHERE channel_no = ? ORDER BY 1", no),
  ).toEqual(members.map(({ userId: id }) => ({ id })).sort((a, b) => (a.id < b.id ? -1 : 1)));
  const [about] = await indexRows<{ words: string }>("SELECT words FROM channel_text WHERE rowid = ?", no);
  for (const { word } of wordsOf(`${channel!.name ?? ""} ${channel!.topic} ${channel!.description}`))
    expect(` ${about?.words} `).toContain(` ${word} `);
  const documents = await indexRows<{ doc: number; created_at: number }>(
    "SELECT * FROM documents WHERE channel_no = ? ORDER BY doc",
    no,
  );
  const texts = await indexRows<{ doc: number; words: string }>(
    "SELECT rowid AS doc, words FROM search_text WHERE rowid IN (SELECT doc FROM documents WHERE channel_no = ?) ORDER BY rowid",
    no,
  );
  expect(documents).toEqual(
    messages.map((message, at) => ({
      ...documentRow(message),
      channel_no: no,
      generation: life!.generation,
      doc: documents[at]?.doc,
    })),
  );
  expect(texts).toEqual(
    messages.flatMap((message, at) =>
      message.deletedAt === null ? [{ doc: documents[at]!.doc, words: wordsIn(message) }] : [],
    ),
  );
  const [strangers] = await indexRows(
    "SELECT count(*) AS n FROM search_text WHERE rowid NOT IN (SELECT doc FROM documents WHERE deleted = 0)",
  );
  expect(strangers).toEqual({ n: 0 });
}

const wordsIn = ({ content, files }: Message): string =>
  indexedText(content, ...files.map(({ name }) => name)).words;

const documentRow = (message: Message) => ({
  message_id: message.id,
  rev: message.rev,
  author_id: message.authorId,
  created_at: Date.parse(message.createdAt),
  deleted: message.deletedAt === null ? 0 : 1,
  has_file: message.files.length > 0 ? 1 : 0,
  has_link: /https?:\/\//.test(message.content) ? 1 : 0,
  has_reaction: message.reactions.length > 0 ? 1 : 0,
  in_thread: message.threadId !== null || message.thread !== null ? 1 : 0,
  pinned: message.pinned ? 1 : 0,
});
