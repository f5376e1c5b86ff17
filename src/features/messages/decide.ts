import type { Actor } from "../../core/actor.ts";
import { notFound, refuse } from "../../core/app-error.ts";
import { type Decision, happened, require, type RoomState, unchanged } from "../../core/room-state.ts";
import type { CommandData, Message } from "../../protocol/index.ts";

export function decideCreateMessage(
  room: RoomState,
  actor: Actor,
  { content }: CommandData<"messageCreate">,
): Decision {
  require(room, actor, "createMessage");
  refuseIfArchived(room);
  const message: Message = {
    id: room.newId("msg"),
    channelId: room.channel.id,
    seq: room.nextSeq,
    rev: room.nextSeq,
    authorId: actor.userId,
    content,
    threadId: null,
    createdAt: room.at,
    updatedAt: room.at,
    deletedAt: null,
    version: 1,
    files: [],
    mentions: [],
    reactions: [],
    thread: null,
    pinned: false,
  };
  return happened({ type: "messageCreate", data: { message } });
}

/** An author edits their own message; a moderator may not put words in another's mouth. */
export function decideUpdateMessage(
  room: RoomState,
  actor: Actor,
  { messageId, content, expectedVersion }: CommandData<"messageUpdate">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  require(room, actor, "updateMessage", {
    isAuthor: message.authorId === actor.userId,
    detail: "Only its author edits a message",
  });
  refuseIfArchived(room);
  if (message.deletedAt !== null) refuse("conflict", "This message was deleted");
  if (expectedVersion !== undefined && expectedVersion !== message.version)
    refuse("conflict", "It was edited meanwhile");
  if (content === message.content) return unchanged({ message });
  return happened({
    type: "messageUpdate",
    data: {
      message: { ...message, content, version: message.version + 1, updatedAt: room.at, rev: room.nextSeq },
    },
    forSinks: { previous: { version: message.version, content: message.content, at: message.updatedAt } },
    subject: messageId,
  });
}

export function decideDeleteMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messageDelete">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  require(room, actor, "deleteMessage", {
    isAuthor: message.authorId === actor.userId,
    detail: "Only its author or a moderator deletes a message",
  });
  refuseIfArchived(room);
  if (message.deletedAt !== null) return unchanged({ message });
  const tombstone = { ...redacted(message), deletedAt: room.at, updatedAt: room.at, rev: room.nextSeq };
  return happened({ type: "messageDelete", data: { message: tombstone } });
}

/** What is left of a message once its content must be nowhere. */
export function redacted(message: Message): Message {
  return { ...message, content: "", files: [], mentions: [], reactions: [], pinned: false };
}

function refuseIfArchived(room: RoomState): void {
  if (room.channel.archivedAt !== null) refuse("conflict", "This channel is archived");
}
