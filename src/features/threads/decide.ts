import type { Actor } from "../../domain/actor.ts";
import type { MessageFacts } from "../../domain/command-facts.ts";
import { notFound, reject } from "../../errors/app-error.ts";
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
import {
  decideDeleteMessage,
  decideUpdateMessage,
  groupMentionData,
  notNotifiedReport,
} from "../messages/decide.ts";
import { extrasOfNew } from "../messages/extras.ts";
import { resolveMentions } from "../messages/mentions.ts";
import { newMessage, rejectIfThreadEnded, requireClaimedFiles, requireRoot } from "../messages/message.ts";

/**
 * Decides `threadCreate`, a reply. A reply to a reply joins the thread of its root message. A thread with replies continues after its root
 * was deleted.
 *
 * @param facts the files that the author's hub reserved for the reply, and the user groups that it may mention
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `conflict` if the channel is archived, no
 *   recipient of a direct message is active, or the root was deleted and has no reply; `rate_limited` for too many mentions of a group;
 *   `unavailable` if the reservation of the files expired
 */
export function decideCreateThread(
  room: RoomState,
  actor: Actor,
  { messageId, content, alsoInChannel, fileIds, ...written }: CommandData<"threadCreate">,
  { claimed, groups }: MessageFacts = {},
): Decision {
  const root = requireRoot(room, messageId);
  authorize(room, actor, "createThread");
  rejectIfArchived(room);
  rejectIfNoActiveRecipient(room, actor);
  rejectIfThreadEnded(root);
  const resolved = resolveMentions(room, actor.userId, content, undefined, groups);
  const groupMention = groupMentionData(room, actor.userId, resolved);
  const message = newMessage(room, actor, {
    content,
    threadId: root.id,
    mentions: resolved.mentions,
    files: requireClaimedFiles(room, fileIds, claimed),
    ...(alsoInChannel && { alsoInChannel }),
    ...extrasOfNew(actor, written, resolved),
  });
  const thread = withReply(root.thread, message);
  return {
    ...withEvents({ type: "threadCreate", data: { message, thread }, ...groupMention }),
    ...notNotifiedReport(resolved),
  };
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

/**
 * Decides `threadUpdate`, the edit of a reply.
 *
 * @throws `not_found` if the message is not a reply; otherwise as `decideUpdateMessage`
 */
export function decideUpdateThread(
  room: RoomState,
  actor: Actor,
  change: CommandData<"threadUpdate">,
  facts?: MessageFacts,
): Decision {
  requireReply(room, change.messageId);
  return decideUpdateMessage(room, actor, change, facts);
}

/**
 * Decides `threadDelete`, the deletion of a reply.
 *
 * @throws `not_found` if the message is not a reply; otherwise as `decideDeleteMessage`
 */
export function decideDeleteThread(
  room: RoomState,
  actor: Actor,
  { messageId }: CommandData<"threadDelete">,
): Decision {
  requireReply(room, messageId);
  return decideDeleteMessage(room, actor, { messageId });
}

/**
 * Decides `threadFollow`, which follows or unfollows a thread. Replies before the follow do not count as unread. Produces no event.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission
 */
export function decideFollowThread(
  room: RoomState,
  actor: Actor,
  { messageId, following }: CommandData<"threadFollow">,
): Decision {
  const { id: rootId } = requireRoot(room, messageId);
  authorize(room, actor, "followThread");
  const { userId } = actor;
  // An explicit unfollow is stored even without replies, so that the author does not follow automatically from the first reply on.
  if (room.follow(rootId, userId)?.following === following) return memberStateChanged({ following });
  const change = following ? { following, lastReadSeq: room.nextSeq - 1 } : { following };
  return memberStateChanged({ following }, { type: "follow", userId, rootId, change });
}

/**
 * Decides `threadRead`, which moves the actor's read position in a thread: only forward, unless `markUnread` is set. Produces no event.
 *
 * @throws `not_found` for an unknown message; `not_found` or `forbidden` without permission; `validation_failed` for a `seq` past the end
 *   of the log; `conflict` if the actor does not follow the thread
 */
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
  if (!follow?.following) return reject("conflict", "You do not follow this thread; follow it first");
  const lastReadSeq = markUnread ? seq : Math.max(seq, follow.lastReadSeq);
  const result = { lastReadSeq, unread: room.unreadReplies(rootId, userId, lastReadSeq) };
  if (lastReadSeq === follow.lastReadSeq) return memberStateChanged(result);
  return memberStateChanged(result, { type: "follow", userId, rootId, change: { lastReadSeq } });
}

function requireReply(room: RoomState, messageId: string): void {
  if ((room.message(messageId) ?? notFound("message")).threadId === null) notFound("message");
}
