import type { Message } from "../../../../src/protocol/index.ts";
import { type ChannelView, isInHistory, plainView } from "./channel-view.ts";

/** A row of the room's `followers` table. */
export type FollowerRow = {
  root_id: string;
  user_id: string;
  following: number;
  last_read_seq: number;
  rev: number;
};

/** Returns the rows that D1 must hold for a channel, built from its folded log, in the order of `channelRows`. */
export function expectedRows(view: ChannelView, channelId: string) {
  const { messages } = plainView(view);
  const bySeq = <Row extends { seq: number }>(rows: Row[]): Row[] => rows.sort((a, b) => a.seq - b.seq);
  return {
    messages: messages.map((message) => messageRow(message, channelId)),
    versions: [...view.versions]
      .map(([key, { content, at }]) => {
        const [id = "", version] = key.split(" ");
        return { message_id: id, version: Number(version), content, at: Date.parse(at) };
      })
      .sort((a, b) =>
        a.message_id === b.message_id ? a.version - b.version : a.message_id < b.message_id ? -1 : 1,
      ),
    mentions: messages.filter(isCounted).flatMap(({ mentions, authorId, seq }) =>
      mentions
        .filter((userId) => userId !== authorId)
        .sort()
        .map((userId) => ({ user_id: userId, channel_id: channelId, seq })),
    ),
    reactions: bySeq(
      [...view.reactions].flatMap(([messageId, list]) =>
        [...list.values()].map(({ emoji, userId, reactedAt, seq }) => ({
          message_id: messageId,
          user_id: userId,
          emoji,
          channel_id: channelId,
          seq,
          at: Date.parse(reactedAt),
        })),
      ),
    ),
    pins: bySeq(
      [...view.pins].map(([messageId, { pinnedBy, pinnedAt, seq }]) => ({
        channel_id: channelId,
        message_id: messageId,
        user_id: pinnedBy,
        seq,
        at: Date.parse(pinnedAt),
      })),
    ),
  };
}

function messageRow(message: Message, channelId: string) {
  const { id, seq, rev, authorId, content, createdAt, updatedAt, deletedAt, version } = message;
  const { threadId, files, mentions, reactions, thread, pinned } = message;
  const { kind, isBot, sender, attachments, metadata, entities } = message;
  const extras = present({ kind, isBot, sender, attachments, metadata, entities });
  return {
    id,
    channel_id: channelId,
    seq,
    rev,
    author_id: authorId,
    content,
    created_at: Date.parse(createdAt),
    updated_at: Date.parse(updatedAt),
    deleted_at: deletedAt && Date.parse(deletedAt),
    version,
    thread_id: threadId,
    in_channel: isInHistory(message) ? 1 : 0,
    files,
    mentions,
    reactions,
    pinned: pinned ? 1 : 0,
    thread,
    extras: Object.keys(extras).length > 0 ? extras : null,
  };
}

/** Returns the fields that have a value. */
const present = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const isCounted = (message: Message): boolean => isInHistory(message) && message.deletedAt === null;

/** Counts the unread messages and mentions of a user after `seq`, each capped at 99. */
export function countUnread(
  view: ChannelView,
  userId: string,
  seq: number,
): { unread: number; mentions: number } {
  const others = [...view.messages.values()].filter(
    (message) => isCounted(message) && message.seq > seq && message.authorId !== userId,
  );
  return {
    unread: Math.min(99, others.length),
    mentions: Math.min(99, others.filter(({ mentions }) => mentions.includes(userId)).length),
  };
}

/** Returns the replies of a thread that are not deleted, by seq. */
export const repliesOf = (view: ChannelView, rootId: string): Message[] =>
  (plainView(view).threads[rootId] ?? []).filter(({ deletedAt }) => deletedAt === null);

export const countUnreadReplies = (view: ChannelView, rootId: string, userId: string, seq: number): number =>
  Math.min(
    99,
    repliesOf(view, rootId).filter((reply) => reply.seq > seq && reply.authorId !== userId).length,
  );

/** Returns the columns that D1 stores with a follower to sort the list of threads. */
export const expectedSortColumns = (view: ChannelView, { root_id, user_id, last_read_seq }: FollowerRow) => ({
  has_unread: countUnreadReplies(view, root_id, user_id, last_read_seq) > 0 ? 1 : 0,
  last_reply_at: Date.parse(repliesOf(view, root_id).at(-1)?.createdAt ?? "1970-01-01T00:00:00.000Z"),
});
