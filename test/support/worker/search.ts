import { newId } from "../../../src/lib/ids.ts";
import { docNumberAt } from "../../../src/features/search/indexing/document-numbers.ts";
import { indexText, indexFileNames } from "../../../src/features/search/indexing/index-text.ts";
import type { FileRef, MessageHit } from "../../../src/protocol/index.ts";
import { createChannelFor, type TestUser } from "./cast.ts";
import { writeDatabase } from "./database.ts";
import type { RestResponse } from "./request.ts";
import { waitForIndex, indexRows } from "./search-index.ts";

/** What the door of a search answers to this query. */
export const requestSearch = (
  who: TestUser,
  what: "messages" | "channels" | "users" | "files",
  q: string,
  more: Record<string, string> = {},
): Promise<RestResponse> => who.call("GET", `/v1/search/${what}?${new URLSearchParams({ q, ...more })}`);

/** All that is found, over all pages, in the order in which it came. */
export async function searchAll<Item = MessageHit>(
  who: TestUser,
  what: Parameters<typeof requestSearch>[1],
  q: string,
  more: Record<string, string> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { status, body } = await requestSearch(who, what, q, { ...more, ...(cursor && { cursor }) });
    if (status !== 200) throw new Error(`${q}: ${JSON.stringify(body)}`);
    items.push(...body.items);
    cursor = body.nextCursor;
  }
  return items;
}

/** The texts that are found, sorted. */
export const searchTexts = async (who: TestUser, q: string): Promise<string[]> =>
  (await searchAll(who, "messages", q)).map(({ message }) => message.content).sort();

/** Says all of this in a channel, in this order, and waits for the index to have it; their ids. */
export async function postIndexed(who: TestUser, channelId: string, contents: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const content of contents)
    ids.push((await who.call("POST", `/v1/channels/${channelId}/messages`, { content })).body.id);
  await waitForIndex(channelId);
  return ids;
}

/** A channel in which all of this was said. */
export async function createIndexedChannel(who: TestUser, contents: readonly string[]): Promise<string> {
  const channelId = await createChannelFor(who);
  await postIndexed(who, channelId, contents);
  return channelId;
}

/** What is lit up in a hit. */
export const highlightedTexts = ({ message, highlights }: MessageHit): string[] =>
  highlights.map(([start, end]) => [...message.content].slice(start, end).join(""));

/** Makes a message carry files of these names, in the record and in the index, as if it had been sent so. */
export async function addFilesToStoredMessage(
  messageId: string,
  uploaderId: string,
  names: readonly string[],
): Promise<FileRef[]> {
  const files = names.map((name) => ({
    ...{ id: newId("fil"), name, type: "text/plain", sizeBytes: 1, sha256: "0".repeat(64), uploaderId },
    createdAt: new Date().toISOString(),
  }));
  await writeDatabase("UPDATE messages SET files = ? WHERE id = ?", JSON.stringify(files), messageId);
  const [document] = await indexRows<{ doc: number; words: string; stems: string }>(
    "SELECT doc, words, stems FROM documents JOIN search_text ON search_text.rowid = doc WHERE message_id = ?",
    messageId,
  );
  const { doc, words, stems } = document!;
  const more = indexText(...names);
  await indexRows("UPDATE documents SET has_file = 1 WHERE doc = ?", doc);
  await indexRows(
    "INSERT OR REPLACE INTO search_text (rowid, words, stems, files) VALUES (?, ?, ?, ?)",
    ...[doc, `${words} \ue000 ${more.words}`, `${stems} ${more.stems}`, indexFileNames(names)],
  );
  return files;
}

/** As if it had been written at that time, as far as the index knows. */
export async function backdateInIndex(messageId: string, ms: number): Promise<void> {
  const doc = `CAST(${docNumberAt(ms)} AS INTEGER)`;
  const old = "(SELECT doc FROM documents WHERE message_id = ?)";
  await indexRows(
    `INSERT INTO search_text (rowid, words, stems, files) SELECT ${doc}, words, stems, files FROM search_text WHERE rowid = ${old}`,
    messageId,
  );
  await indexRows(`DELETE FROM search_text WHERE rowid = ${old}`, messageId);
  await indexRows(`UPDATE documents SET created_at = ?, doc = ${doc} WHERE message_id = ?`, ms, messageId);
}
