import { expect } from "vitest";
import { indexText as indexedText } from "../../../../src/features/search/indexing/index-text.ts";
import type { Message } from "../../../../src/protocol/index.ts";
import { foldKey } from "../../../../src/text/fold-key.ts";
import { wordsOf } from "../../../../src/text/words.ts";
import { roomRows } from "../objects/room-object.ts";
import { indexedChannel, indexRows, waitForIndex } from "../objects/search-index.ts";
import { foldLog, plainView } from "./channel-view.ts";

/** Asserts that the index equals the folded log, without missing, duplicate, stale or orphaned rows. */
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
