import type { Actor } from "../../domain/actor.ts";
import { reject } from "../../errors/app-error.ts";
import type { ClaimedFiles } from "../../domain/files.ts";
import type { RoomState } from "../../domain/room-state.ts";
import type { FileRef, Message } from "../../protocol/index.ts";

/** A message as it is in its first moment, the next event of the room. */
export function newMessage(
  room: RoomState,
  { userId }: Actor,
  written: Pick<Message, "content" | "threadId" | "mentions" | "files"> & { alsoInChannel?: true },
): Message {
  const { content, threadId, mentions, files, ...rest } = written;
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
    files,
    mentions,
    reactions: [],
    thread: null,
    pinned: false,
    ...rest,
  };
}

/** What the message is to carry, as its author's hub gave it. Refuses `unavailable` when that took too long: it is to be claimed anew. */
export function requireClaimedFiles(
  { nowMs }: RoomState,
  fileIds: readonly string[] | undefined,
  claimed: ClaimedFiles | undefined,
): FileRef[] {
  if (!fileIds?.length) return [];
  if (!claimed) return reject("internal", "A message with files that nobody claimed");
  if (nowMs > claimed.untilMs)
    reject("unavailable", "This took too long; try again", { retryAfterMs: 1_000 });
  return claimed.files;
}

/** What is left of a message once its content must be nowhere. */
export function redactMessage(message: Message): Message {
  return { ...message, content: "", files: [], mentions: [], reactions: [], pinned: false };
}

/** Whether the channel's history shows it, and it counts as unread there. */
export const isInChannelHistory = ({ threadId, alsoInChannel }: Message): boolean =>
  threadId === null || alsoInChannel === true;
