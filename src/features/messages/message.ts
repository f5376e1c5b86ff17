import type { Actor } from "../../core/actor.ts";
import type { RoomState } from "../../core/room-state.ts";
import type { Message } from "../../protocol/index.ts";

/** A message as it is in its first moment, the next event of the room. */
export function newMessage(
  room: RoomState,
  { userId }: Actor,
  written: Pick<Message, "content" | "threadId" | "mentions"> & { alsoInChannel?: true },
): Message {
  const { content, threadId, mentions, ...rest } = written;
  return {
    id: room.newId("msg"),
    channelId: room.channel.id,
    seq: room.nextSeq,
    rev: room.nextSeq,
    authorId: userId,
    content,
    threadId,
    createdAt: room.at,
    updatedAt: room.at,
    deletedAt: null,
    version: 1,
    files: [],
    mentions,
    reactions: [],
    thread: null,
    pinned: false,
    ...rest,
  };
}

/** What is left of a message once its content must be nowhere. */
export function redacted(message: Message): Message {
  return { ...message, content: "", files: [], mentions: [], reactions: [], pinned: false };
}

/** Whether the channel's history shows it, and it counts as unread there. */
export const isInChannel = ({ threadId, alsoInChannel }: Message): boolean =>
  threadId === null || alsoInChannel === true;
