import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import type { ClaimedFiles } from "../../domain/files.ts";
import type { RoomState } from "../../domain/room-state.ts";
import type { FileRef, Message } from "../../protocol/index.ts";
import type { MessageExtras } from "./extras.ts";

/** Builds a new message, created by the next event of the room. */
export function newMessage(
  room: RoomState,
  { userId }: Actor,
  written: Pick<Message, "content" | "threadId" | "mentions" | "files"> & {
    alsoInChannel?: true;
  } & MessageExtras,
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

/**
 * Returns the files to attach, as the author's hub reserved them.
 *
 * @throws `unavailable` if the reservation expired before the decision: the client retries, which reserves the files again
 */
export function requireClaimedFiles(
  { nowMs }: RoomState,
  fileIds: readonly string[] | undefined,
  claimed: ClaimedFiles | undefined,
): FileRef[] {
  if (!fileIds?.length) return [];
  if (!claimed) return reject("internal", "The files of a message were not reserved before its decision");
  if (nowMs > claimed.untilMs)
    reject("unavailable", "The files were not reserved in time; try again", { retryAfterMs: 1_000 });
  return claimed.files;
}

/** Returns the root message of the thread that the message starts or belongs to. @throws `not_found` */
export function requireRoot(room: RoomState, messageId: string): Message {
  const message = room.message(messageId) ?? notFound("message");
  return message.threadId === null ? message : (room.message(message.threadId) ?? notFound("message"));
}

/** @throws `conflict` for a thread whose root was deleted before it had a reply */
export function rejectIfThreadEnded({ deletedAt, thread }: Message): void {
  if (deletedAt !== null && thread === null) reject("conflict", "The message was deleted and has no thread");
}

/** Removes everything from a message that must not outlive its deletion. */
export function redactMessage(message: Message): Message {
  const { sender: _, attachments: __, metadata: ___, entities: ____, ...kept } = message;
  return { ...kept, content: "", files: [], mentions: [], reactions: [], pinned: false };
}

/** Whether the message is shown in the channel's history and counts as unread there. */
export const isInChannelHistory = ({ threadId, alsoInChannel }: Message): boolean =>
  threadId === null || alsoInChannel === true;
