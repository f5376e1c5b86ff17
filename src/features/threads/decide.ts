import type { Actor } from "../../domain/actor.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import type { ClaimedFiles } from "../../domain/files.ts";
import {
  type Decision,
  withEvents,
  memberStateChanged,
  rejectIfArchived,
  rejectIfNoActiveRecipient,
  rejectIfPastHead,
  authorize,
  type RoomState,
  type ThreadSummary,
} from "../../domain/room-state.ts";
import { type CommandData, limits, type Message } from "../../protocol/index.ts";
import { decideDeleteMessage, decideUpdateMessage, notNotifiedReport } from "../messages/decide.ts";
import { resolveMentions } from "../messages/mentions.ts";
import { requireClaimedFiles, newMessage } from "../messages/message.ts";

/** Replies to a message; a reply to a reply joins the thread of its root. A thread goes on when its root is deleted. */
export function decideCreateThread(
  room: RoomState,
  actor: Actor,
  { messageId, content, alsoInChannel, fileIds }: CommandData<"threadCreate">,
  claimed?: ClaimedFiles,
): Decision {
  const root = requireRoot(room, messageId);
  authorize(room, actor, "createThread");
  rejectIfArchived(room);
  rejectIfNoActiveRecipient(room, actor);
  if (root.deletedAt !== null && root.thread === null) reject("conflict", "This message was deleted");
  const called = resolveMentions(room, actor.userId, content);
  const message = newMessage(room, actor, {
    content,
    threadId: root.id,
    mentions: called.mentions,
    files: requireClaimedFiles(room, fileIds, claimed),
    ...(alsoInChannel && { alsoInChannel }),
  });
  const thread = withReply(root.thread, message);
  return { ...withEvents({ type: "threadCreate", data: { message, thread } }), ...notNotifiedReport(called) };
}

function withReply(thread: ThreadSummary | null, { authorId, createdAt }: Message): ThreadSummary {
  const { replyCount = 0, participantIds = [] } = thread ?? {};
  const isNew = !participantIds.includes(authorId) && participantIds.length < limits.threadParticipants;
  return {
    replyCount: replyCount + 1,
    lastReplyAt: createdAt,
    participantIds: isNew ? [...participantIds, authorId] : participantIds,
  };
}

export function decideUpdateThread(
  room: RoomState,
  actor: Actor,
  change: CommandData<"threadUpdate">,
): Decision {
  requireReply(room, change.messageId);
  return decideUpdateMessage(room, actor, change);
}

export function decideDeleteThread(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"threadDelete">,
): Decision {
  requireReply(room, messageId);
  return decideDeleteMessage(room, actor, { messageId });
}

/** Follows from here on: what was replied before is not unread. */
export function decideFollowThread(
  room: RoomState,
  actor: Actor,
  { messageId, following }: CommandData<"threadFollow">,
): Decision {
  const { id: rootId } = requireRoot(room, messageId);
  authorize(room, actor, "followThread");
  const { userId } = actor;
  // One who says so before anybody replied does not follow from the first reply on either.
  if (room.follow(rootId, userId)?.following === following) return memberStateChanged({ following });
  const change = following ? { following, lastReadSeq: room.nextSeq - 1 } : { following };
  return memberStateChanged({ following }, { type: "follow", userId, rootId, change });
}

/** Only forward, unless the reader marks unread. */
export function decideReadThread(
  room: RoomState,
  actor: Actor,
  { messageId, seq, markUnread }: CommandData<"threadRead">,
): Decision {
  const { id: rootId } = requireRoot(room, messageId);
  authorize(room, actor, "followThread");
  rejectIfPastHead(room, seq);
  const { userId } = actor;
  const follow = room.follow(rootId, userId);
  if (!follow?.following) return reject("conflict", "You do not follow this thread");
  const lastReadSeq = markUnread ? seq : Math.max(seq, follow.lastReadSeq);
  const result = { lastReadSeq, unread: room.unreadReplies(rootId, userId, lastReadSeq) };
  if (lastReadSeq === follow.lastReadSeq) return memberStateChanged(result);
  return memberStateChanged(result, { type: "follow", userId, rootId, change: { lastReadSeq } });
}

function requireRoot(room: RoomState, messageId: string): Message {
  const message = room.message(messageId) ?? notFound("message");
  return message.threadId === null ? message : (room.message(message.threadId) ?? notFound("message"));
}

function requireReply(room: RoomState, messageId: string): void {
  if ((room.message(messageId) ?? notFound("message")).threadId === null) notFound("message");
}
