import { expect, test } from "vitest";
import { updateMany, upsertMany } from "../../../src/db/json-rows.ts";
import { channelReaders, messages } from "../../../src/db/schema/index.ts";
import { message, rows, run } from "./json-rows-database.ts";

test("[PJ1] an update writes only the named columns and rows, and inserts none", () => {
  run(upsertMany(messages, [messages.id], [message("a", "A"), message("b", "B"), message("c", "C")]));
  run(
    updateMany(messages, messages.id, [
      { id: "a", content: 'it\'s "new"', deletedAt: null },
      { id: "c", content: "1e5", deletedAt: 7 },
      { id: "x", content: "nobody's", deletedAt: 7 },
    ]),
  );
  expect(rows("messages")).toMatchObject([
    { id: "a", content: 'it\'s "new"', deleted_at: null, rev: 1, version: 1 },
    { id: "b", content: "B", deleted_at: null },
    { id: "c", content: "1e5", deleted_at: 7 },
  ]);
  expect(rows("messages")).toHaveLength(3);
});

test("[PJ1] lists, objects, booleans and null are stored as Drizzle reads them", () => {
  const reactions = [{ emoji: "👍🏽", count: 2 }];
  const thread = { replyCount: 1, lastReplyAt: "2026-11-22T09:30:00.000Z", participantIds: ["'u'"] };
  run(upsertMany(messages, [messages.id], [message("a", "", { mentions: ["u", "v"] }), message("b", "")]));
  run(
    updateMany(messages, messages.id, [
      { id: "a", reactions, thread, pinned: true },
      { id: "b", reactions: [], thread: null, pinned: false },
    ]),
  );
  expect(rows("messages")).toMatchObject([
    {
      mentions: '["u","v"]',
      reactions: JSON.stringify(reactions),
      thread: JSON.stringify(thread),
      pinned: 1,
    },
    { reactions: "[]", thread: null, pinned: 0 },
  ]);
});

test("[PJ2] [RS5] an upsert overwrites only rows with a smaller version column", () => {
  const reader = (userId: string, lastReadSeq: number, rev: number) => ({
    channelId: "c",
    userId,
    lastReadSeq,
    level: "all" as const,
    rev,
  });
  const write = (...some: ReturnType<typeof reader>[]) =>
    run(
      upsertMany(channelReaders, [channelReaders.channelId, channelReaders.userId], some, {
        newerBy: channelReaders.rev,
      }),
    );
  write(reader("a", 1, 5), reader("b", 1, 5));
  write(reader("a", 2, 4), reader("b", 2, 6), reader("d", 9, 1));
  write(reader("a", 3, 5));
  expect(rows("channel_readers").map((row) => [row["user_id"], row["last_read_seq"], row["rev"]])).toEqual([
    ["a", 1, 5],
    ["b", 2, 6],
    ["d", 9, 1],
  ]);
});
