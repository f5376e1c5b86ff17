import type { Actor } from "../../domain/actor.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import type { ClaimedFiles } from "../../domain/files.ts";
import {
  type Decision,
  withEvents,
  rejectIfArchived,
  rejectIfDeleted,
  rejectIfNoActiveRecipient,
  authorize,
  type RoomState,
  noChange,
} from "../../domain/room-state.ts";
import { type CommandData, limits, type Message } from "../../protocol/index.ts";
import { type ResolvedMentions, resolveMentions } from "./mentions.ts";
import { requireClaimedFiles, newMessage, redactMessage } from "./message.ts";

export function decideCreateMessage(
  room: RoomState,
  actor: Actor,
  { content, fileIds }: CommandData<"messageCreate">,
  claimed?: ClaimedFiles,
): Decision {
  authorize(room, actor, "createMessage");
  rejectIfArchived(room);
  rejectIfNoActiveRecipient(room, actor);
  const called = resolveMentions(room, actor.userId, content);
  const message = newMessage(room, actor, {
    content,
    threadId: null,
    mentions: called.mentions,
    files: requireClaimedFiles(room, fileIds, claimed),
  });
  return { ...withEvents({ type: "messageCreate", data: { message } }), ...notNotifiedReport(called) };
}

/** What the author is told of those whom the text calls in vain. */
export const notNotifiedReport = ({ notNotified }: ResolvedMentions): Pick<Decision, "senderData"> =>
  notNotified.length > 0 ? { senderData: { notNotified } } : {};

/** An author edits their own message or reply; a moderator may not put words in another's mouth. */
export function decideUpdateMessage(
  room: RoomState,
  actor: Actor,
  { messageId, content, expectedVersion }: CommandData<"messageUpdate">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  authorize(room, actor, "updateMessage", {
    isAuthor: message.authorId === actor.userId,
    detail: "Only its author edits a message",
  });
  rejectIfArchived(room);
  rejectIfDeleted(message);
  if (expectedVersion !== undefined && expectedVersion !== message.version)
    reject("conflict", "It was edited meanwhile");
  if (content === "" && message.files.length === 0)
    throw invalidField("content", `Wants 1 to ${limits.contentLength} characters`);
  if (content === message.content) return noChange({ message });
  if (message.version >= limits.versions)
    reject("conflict", `A message is edited at most ${limits.versions - 1} times`);
  const called = resolveMentions(room, actor.userId, content, message);
  const { mentions } = called;
  const mentioned = new Set(mentions);
  const edited: Message = {
    ...message,
    content,
    mentions,
    version: message.version + 1,
    updatedAt: room.at,
    rev: room.nextSeq,
  };
  const event = {
    data: { message: edited },
    projectionData: {
      previous: { version: message.version, content: message.content, at: message.updatedAt },
      // By name: a group that is put into a text again and again would call everybody each time.
      newlyMentioned: called.mentionedByName.filter((userId) => !message.mentions.includes(userId)),
      noLongerMentioned: message.mentions.filter((userId) => !mentioned.has(userId)),
    },
    subject: messageId,
  };
  const type = message.threadId === null ? "messageUpdate" : "threadUpdate";
  return { ...withEvents({ type, ...event }), ...notNotifiedReport(called) };
}

export function decideDeleteMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messageDelete">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  authorize(room, actor, "deleteMessage", {
    isAuthor: message.authorId === actor.userId,
    detail: "Only its author or a moderator deletes a message",
  });
  rejectIfArchived(room);
  const { threadId } = message;
  if (message.deletedAt !== null)
    return noChange({ message, ...(threadId && { thread: room.message(threadId)?.thread ?? null }) });
  const tombstone = { ...redactMessage(message), deletedAt: room.at, updatedAt: room.at, rev: room.nextSeq };
  const { files, mentions } = message;
  const carried = (files.length > 0 || mentions.length > 0) && {
    projectionData: {
      ...(files.length > 0 && { fileIds: files.map(({ id }) => id) }),
      ...(mentions.length > 0 && { noLongerMentioned: mentions }),
    },
  };
  return threadId === null
    ? withEvents({ type: "messageDelete", data: { message: tombstone }, ...carried })
    : withEvents({
        type: "threadDelete",
        data: { message: tombstone, thread: room.threadWithout(message) },
        ...carried,
      });
}
