// Generated from src/protocol/commands.ts by `npm run docs`. Do not edit.

import type { Channel, ChannelChange } from "./channels.ts";
import type { ChannelPreference, NotificationLevel, ReadState } from "./reads.ts";
import type { ChannelRole, Member } from "./members.ts";
import type { CreateMessageBody, Message, ThreadSummary, UpdateMessageBody } from "./messages.ts";
import type { CreateReply, ThreadRead } from "./threads.ts";
import type { Emoji, ReactionChange } from "./reactions.ts";
import type { MessageId, Seq, TimestampInput, UserId } from "./common.ts";
import type { Pin } from "./pins.ts";

export interface ChannelUpdateAck {
  channel: Channel;
}

export type ChannelDeleteData = Record<never, never>;

export interface ChannelDeleteAck {
  channel: Channel;
}

export interface MemberJoinData {
  userId?: UserId;
  role?: ChannelRole;
}

export interface MemberJoinAck {
  member: Member;
}

export interface MemberLeaveData {
  userId?: UserId;
}

export interface MemberLeaveAck {
  member?: Member;
}

export interface MemberUpdateData {
  userId: UserId;
  role: ChannelRole;
}

export interface MemberUpdateAck {
  member: Member;
}

export interface MemberMuteData {
  /** When the mute ends by itself. Absent or null: when a moderator ends it. */
  until?: TimestampInput | null;
  userId: UserId;
}

export interface MemberMuteAck {
  member: Member;
}

export interface MemberUnmuteData {
  userId: UserId;
}

export interface MemberUnmuteAck {
  member: Member;
}

export interface MessageCreateAck {
  message: Message;
  /** Mentioned names that did not notify anyone: no active member has the name, or the group is too large. */
  notNotified?: string[];
}

export interface MessageUpdateData extends UpdateMessageBody {
  messageId: MessageId;
}

export interface MessageUpdateAck {
  message: Message;
  /** Mentioned names that did not notify anyone: no active member has the name, or the group is too large. */
  notNotified?: string[];
}

export interface MessageDeleteData {
  messageId: MessageId;
}

export interface MessageDeleteAck {
  message: Message;
}

export interface MessagePinData {
  messageId: MessageId;
}

export interface MessageUnpinData {
  messageId: MessageId;
}

export interface ReactionAddData {
  messageId: MessageId;
  emoji: Emoji;
}

export interface ReactionRemoveData {
  messageId: MessageId;
  emoji: Emoji;
}

export interface ThreadCreateAck {
  message: Message;
  thread: ThreadSummary | null;
  /** Mentioned names that did not notify anyone: no active member has the name, or the group is too large. */
  notNotified?: string[];
}

export interface ThreadUpdateData extends MessageUpdateData {}

export interface ThreadUpdateAck {
  message: Message;
  /** Mentioned names that did not notify anyone: no active member has the name, or the group is too large. */
  notNotified?: string[];
}

export interface ThreadDeleteData {
  messageId: MessageId;
}

export interface ThreadDeleteAck {
  message: Message;
  thread: ThreadSummary | null;
}

export interface ThreadFollowData {
  messageId: MessageId;
  /** Default: true. */
  following?: boolean;
}

export interface ThreadFollowAck {
  following: boolean;
}

export interface ThreadReadData {
  messageId: MessageId;
  seq: Seq;
  markUnread?: true;
}

export interface ReadData {
  seq: Seq;
  markUnread?: true;
}

export interface NotificationLevelData {
  level: NotificationLevel;
}

/** The commands of a channel: the data that each accepts, and the data of its `ack`. */
export interface Commands {
  /** Update the channel. */
  channelUpdate: { data: ChannelChange; ack: ChannelUpdateAck };
  /** Archive the channel. */
  channelDelete: { data: ChannelDeleteData; ack: ChannelDeleteAck };
  /** Join the channel, or add `userId` to it. */
  memberJoin: { data: MemberJoinData; ack: MemberJoinAck };
  /** Leave the channel, or remove `userId` from it. */
  memberLeave: { data: MemberLeaveData; ack: MemberLeaveAck };
  /** Change a member's role. */
  memberUpdate: { data: MemberUpdateData; ack: MemberUpdateAck };
  /** Mute a member. */
  memberMute: { data: MemberMuteData; ack: MemberMuteAck };
  /** End the mute of a member. */
  memberUnmute: { data: MemberUnmuteData; ack: MemberUnmuteAck };
  /** Post a message. */
  messageCreate: { data: CreateMessageBody; ack: MessageCreateAck };
  /** Edit your own message. */
  messageUpdate: { data: MessageUpdateData; ack: MessageUpdateAck };
  /** Delete a message. */
  messageDelete: { data: MessageDeleteData; ack: MessageDeleteAck };
  /** Pin a message. */
  messagePin: { data: MessagePinData; ack: Pin };
  /** Unpin a message. */
  messageUnpin: { data: MessageUnpinData; ack: Pin };
  /** Add a reaction to a message. */
  reactionAdd: { data: ReactionAddData; ack: ReactionChange };
  /** Remove your reaction from a message. */
  reactionRemove: { data: ReactionRemoveData; ack: ReactionChange };
  /** Reply to `messageId`. A reply to a reply joins the thread of its root message. */
  threadCreate: { data: CreateReply; ack: ThreadCreateAck };
  /** Edit your own reply. */
  threadUpdate: { data: ThreadUpdateData; ack: ThreadUpdateAck };
  /** Delete a reply. */
  threadDelete: { data: ThreadDeleteData; ack: ThreadDeleteAck };
  /** Follow or unfollow a thread. Produces no event. */
  threadFollow: { data: ThreadFollowData; ack: ThreadFollowAck };
  /** Set your read position in a thread. It only moves forward unless `markUnread` is set. Produces no event. */
  threadRead: { data: ThreadReadData; ack: ThreadRead };
  /** Set your read position in the channel. It only moves forward unless `markUnread` is set. Produces no event. */
  read: { data: ReadData; ack: ReadState };
  /** Set what you are notified of in this channel. Produces no event. */
  notificationLevel: { data: NotificationLevelData; ack: ChannelPreference };
}

export type CommandType = keyof Commands;

export const commandTypes = [
  "channelUpdate",
  "channelDelete",
  "memberJoin",
  "memberLeave",
  "memberUpdate",
  "memberMute",
  "memberUnmute",
  "messageCreate",
  "messageUpdate",
  "messageDelete",
  "messagePin",
  "messageUnpin",
  "reactionAdd",
  "reactionRemove",
  "threadCreate",
  "threadUpdate",
  "threadDelete",
  "threadFollow",
  "threadRead",
  "read",
  "notificationLevel",
] as const;

/** Commands with an idempotency key. */
export const nonceCommands = ["messageCreate", "threadCreate"] as const;
