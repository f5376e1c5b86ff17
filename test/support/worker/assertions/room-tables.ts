import { expect } from "vitest";
import { limits } from "../../../../src/protocol/index.ts";
import { roomRows } from "../objects/room-object.ts";
import { type ChannelView, foldLog, plainView } from "./channel-view.ts";
import { expectedRows, repliesOf } from "./expected-rows.ts";

/** Asserts that the thread summaries, reaction counts and pin flags in messages equal those counted from replies, reactions and pins. */
export function expectSummariesMatch(view: ChannelView): void {
  const { messages, pins, reactions } = plainView(view);
  for (const message of messages) {
    const replies = repliesOf(view, message.id);
    const participantIds = [...new Set(replies.map(({ authorId }) => authorId))].slice(
      0,
      limits.threadParticipants,
    );
    expect(message.thread).toEqual(
      replies.length === 0
        ? null
        : { replyCount: replies.length, lastReplyAt: replies.at(-1)!.createdAt, participantIds },
    );
    const kinds = new Map<string, number>();
    for (const { emoji } of reactions[message.id] ?? []) kinds.set(emoji, (kinds.get(emoji) ?? 0) + 1);
    expect(Object.fromEntries(message.reactions.map(({ emoji, count }) => [emoji, count]))).toEqual(
      Object.fromEntries(kinds),
    );
    expect(message.pinned).toBe(pins.some(({ id }) => id === message.id));
  }
}

/** Asserts that the tables which the room derives from its log equal the folded log, without missing or stale rows. */
export async function expectRoomMatchesLog(channelId: string): Promise<void> {
  const view = await foldLog(channelId);
  const { messages, members } = plainView(view);
  const { reactions, pins, mentions } = expectedRows(view, channelId);
  const held = async (query: string) =>
    (await roomRows(channelId, query)).map((row) => Object.values(row).join(" ")).sort();
  expect(await held("SELECT message_id FROM pins")).toEqual(pins.map(({ message_id }) => message_id).sort());
  expect(await held("SELECT message_id, emoji, user_id FROM reactions")).toEqual(
    reactions.map(({ message_id, emoji, user_id }) => `${message_id} ${emoji} ${user_id}`).sort(),
  );
  expect(await held("SELECT message_id, kinds FROM reaction_kinds WHERE kinds <> '[]'")).toEqual(
    messages
      .filter((message) => message.reactions.length > 0)
      .map((message) => `${message.id} ${JSON.stringify(message.reactions)}`)
      .sort(),
  );
  const threads = await roomRows<{ id: string; summary: string }>(
    channelId,
    "SELECT root_id AS id, summary FROM threads ORDER BY root_id",
  );
  expect(threads.map(({ id, summary }) => [id, JSON.parse(summary)])).toEqual(
    messages.flatMap(({ id, thread }) => (thread ? [[id, thread]] : [])).sort(),
  );
  expect(await held("SELECT user_id, seq FROM mentions")).toEqual(
    mentions.map(({ user_id, seq }) => `${user_id} ${seq}`).sort(),
  );
  expect(await held("SELECT user_id, role FROM members")).toEqual(
    members.map(({ userId, role }) => `${userId} ${role}`).sort(),
  );
  expect(await held("SELECT message_id, file_id FROM carried_files WHERE dropped_seq = 0")).toEqual(
    messages.flatMap(({ id, files }) => files.map((file) => `${id} ${file.id}`)).sort(),
  );
  const places = await roomRows<{ id: string; seq: number; rev: number; deleted: number }>(
    channelId,
    "SELECT id, seq, max(rev, touched) AS rev, deleted FROM messages ORDER BY seq",
  );
  expect(places).toEqual(
    messages.map(({ id, seq, rev, deletedAt }) => ({ id, seq, rev, deleted: deletedAt === null ? 0 : 1 })),
  );
}
