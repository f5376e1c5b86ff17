import type { Actor } from "../../domain/actor.ts";
import type { MessageFacts } from "../../domain/command-facts.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
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
import { extrasOf, extrasOfEdited, extrasOfNew } from "./extras.ts";
import { requireClaimedFiles, newMessage, redactMessage } from "./message.ts";

/**
 * Decides `messageCreate`.
 *
 * @param facts the files that the author's hub reserved for the message, and the user groups that it may mention
 * @throws `not_found` or `forbidden` without permission (`authorize`); `conflict` if the channel is archived or no recipient of a direct
 *   message is active; `rate_limited` for too many mentions of a group; `unavailable` if the reservation of the files expired
 */
export function decideCreateMessage(
  room: RoomState,
  actor: Actor,
  { content, fileIds, ...written }: CommandData<"messageCreate">,
  { claimed, groups }: MessageFacts = {},
): Decision {
  authorize(room, actor, "createMessage");
  rejectIfArchived(room);
  rejectIfNoActiveRecipient(room, actor);
  const resolved = resolveMentions(room, actor.userId, content, undefined, groups);
  const groupMention = groupMentionData(room, actor.userId, resolved);
  const message = newMessage(room, actor, {
    content,
    threadId: null,
    mentions: resolved.mentions,
    files: requireClaimedFiles(room, fileIds, claimed),
    ...extrasOfNew(actor, written, resolved),
  });
  return {
    ...withEvents({ type: "messageCreate", data: { message }, ...groupMention }),
    ...notNotifiedReport(resolved),
  };
}

/**
 * Marks a new message that notifies `@channel`, `@here` or a user group, so that it counts towards its author's limit in this channel.
 *
 * @throws `rate_limited` if the limit is used up
 */
export function groupMentionData(
  room: RoomState,
  authorId: string,
  { notifiesGroup }: ResolvedMentions,
): { projectionData?: { groupMention: true } } {
  if (!notifiesGroup) return {};
  const retryAfterMs = room.groupMentionWaitMs(authorId);
  if (retryAfterMs > 0)
    reject(
      "rate_limited",
      "You mentioned groups in this channel too often within an hour; leave out `@channel` and `@here`, and user groups, or try again later",
      { retryAfterMs },
    );
  return { projectionData: { groupMention: true } };
}

/** Reports the mentioned names that notify no one. Sent in the reply to the author only. */
export const notNotifiedReport = ({ notNotified }: ResolvedMentions): Pick<Decision, "senderData"> =>
  notNotified.length > 0 ? { senderData: { notNotified } } : {};

/**
 * Decides `messageUpdate`, and `threadUpdate` for replies. Only the author may edit a message, not even a moderator.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived, or the
 *   message was deleted, has another version than `expectedVersion`, or has too many versions; `validation_failed` if it would be empty
 */
export function decideUpdateMessage(
  room: RoomState,
  actor: Actor,
  { messageId, content, expectedVersion, ...written }: CommandData<"messageUpdate">,
  { groups }: MessageFacts = {},
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  authorize(room, actor, "updateMessage", {
    isAuthor: message.authorId === actor.userId,
    detail: "Only the author can edit a message",
  });
  rejectIfArchived(room);
  rejectIfDeleted(message);
  if (expectedVersion !== undefined && expectedVersion !== message.version)
    reject("conflict", "The message was edited in the meantime: fetch it before you edit it again");
  const extras = extrasOfEdited(actor, message, written);
  if (content === "" && message.files.length === 0 && !extras.attachments)
    throw invalidField(
      "content",
      `Must have 1 to ${limits.contentLength} characters, unless the message has files or attachments`,
    );
  if (content === message.content && isSame(extras, extrasOf(message))) return noChange({ message });
  if (message.version >= limits.versions)
    reject("conflict", `A message can be edited at most ${limits.versions - 1} times`);
  const resolved = resolveMentions(room, actor.userId, content, message, groups);
  const { mentions } = resolved;
  const mentioned = new Set(mentions);
  const { attachments: _, metadata: __, entities: ___, ...kept } = message;
  const edited: Message = {
    ...kept,
    ...extrasOf({ ...extras, entities: resolved.entities }),
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
      // Only mentions by name notify: otherwise repeated edits with `@channel` would notify all members each time.
      newlyMentioned: resolved.mentionedByName.filter((userId) => !message.mentions.includes(userId)),
      noLongerMentioned: message.mentions.filter((userId) => !mentioned.has(userId)),
    },
    subject: messageId,
  };
  const type = message.threadId === null ? "messageUpdate" : "threadUpdate";
  return { ...withEvents({ type, ...event }), ...notNotifiedReport(resolved) };
}

const isSame = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * Decides `messageDelete`, and `threadDelete` for replies. Deleting a deleted message succeeds without an event.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived
 */
export function decideDeleteMessage(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"messageDelete">,
): Decision {
  const message = room.message(messageId) ?? notFound("message");
  authorize(room, actor, "deleteMessage", {
    isAuthor: message.authorId === actor.userId,
    detail: "Only the author or a moderator can delete a message",
  });
  rejectIfArchived(room);
  const { threadId } = message;
  if (message.deletedAt !== null)
    return noChange({ message, ...(threadId && { thread: room.message(threadId)?.thread ?? null }) });
  return deletionOf(room, message);
}

/** Makes the deletion of a message that is not deleted. Erasure and retention use it too, in archived channels as well. */
export function deletionOf(room: RoomState, message: Message): Decision {
  const { threadId } = message;
  const tombstone = { ...redactMessage(message), deletedAt: room.at, updatedAt: room.at, rev: room.nextSeq };
  const { files, mentions } = message;
  const released = (files.length > 0 || mentions.length > 0) && {
    projectionData: {
      ...(files.length > 0 && { fileIds: files.map(({ id }) => id) }),
      ...(mentions.length > 0 && { noLongerMentioned: mentions }),
    },
  };
  return threadId === null
    ? withEvents({ type: "messageDelete", data: { message: tombstone }, ...released })
    : withEvents({
        type: "threadDelete",
        data: { message: tombstone, thread: room.threadSummaryWithout(message) },
        ...released,
      });
}
