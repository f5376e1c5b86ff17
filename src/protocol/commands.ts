import { z } from "zod";
import { ChannelChange } from "./channels.ts";
import { MessageId, Seq, UserId } from "./common.ts";
import { roomEvents } from "./events.ts";
import { ChannelRole, MuteChange } from "./members.ts";
import { CreateMessageBody, notNotifiedFields, ThreadSummary, UpdateMessageBody } from "./messages.ts";
import { Emoji } from "./reactions.ts";
import { ChannelPreference, NotificationLevel, ReadState } from "./reads.ts";
import { CreateReply, ThreadRead } from "./threads.ts";

const { memberLeave, messageCreate, messageUpdate, threadCreate, threadUpdate } = roomEvents;
const onMessage = z.strictObject({ messageId: MessageId });
const onEmoji = z.strictObject({ messageId: MessageId, emoji: Emoji });

/**
 * The commands of a channel, sent over REST or a socket. A command has the name of the event that it produces, and its `ack` carries
 * that event's data. Commands that change only the sender's own state (`read`, `threadRead`, …) produce no event.
 */
export const commands = {
  channelUpdate: { summary: "Update the channel", data: ChannelChange, ack: roomEvents.channelUpdate },
  channelDelete: { summary: "Archive the channel", data: z.strictObject({}), ack: roomEvents.channelDelete },
  memberJoin: {
    summary: "Join the channel, or add `userId` to it",
    data: z.strictObject({ userId: UserId.optional(), role: ChannelRole.optional() }),
    ack: roomEvents.memberJoin,
  },
  memberLeave: {
    summary: "Leave the channel, or remove `userId` from it",
    data: z.strictObject({ userId: UserId.optional() }),
    ack: memberLeave.partial(),
  },
  memberUpdate: {
    summary: "Change a member's role",
    data: z.strictObject({ userId: UserId, role: ChannelRole }),
    ack: roomEvents.memberUpdate,
  },
  memberMute: {
    summary: "Mute a member",
    data: MuteChange.extend({ userId: UserId }),
    ack: roomEvents.memberMute,
  },
  memberUnmute: {
    summary: "End the mute of a member",
    data: z.strictObject({ userId: UserId }),
    ack: roomEvents.memberUnmute,
  },
  messageCreate: {
    summary: "Post a message",
    data: CreateMessageBody,
    ack: messageCreate.extend(notNotifiedFields),
  },
  messageUpdate: {
    summary: "Edit your own message",
    data: UpdateMessageBody.extend({ messageId: MessageId }),
    ack: messageUpdate.extend(notNotifiedFields),
  },
  messageDelete: { summary: "Delete a message", data: onMessage, ack: roomEvents.messageDelete },
  messagePin: { summary: "Pin a message", data: onMessage, ack: roomEvents.messagePin },
  messageUnpin: { summary: "Unpin a message", data: onMessage, ack: roomEvents.messageUnpin },
  reactionAdd: { summary: "Add a reaction to a message", data: onEmoji, ack: roomEvents.reactionAdd },
  reactionRemove: {
    summary: "Remove your reaction from a message",
    data: onEmoji,
    ack: roomEvents.reactionRemove,
  },
  threadCreate: {
    summary: "Reply to `messageId`. A reply to a reply joins the thread of its root message",
    data: CreateReply,
    ack: threadCreate.extend({ ...notNotifiedFields, thread: ThreadSummary.nullable() }),
  },
  threadUpdate: {
    summary: "Edit your own reply",
    data: UpdateMessageBody.extend({ messageId: MessageId }),
    ack: threadUpdate.extend(notNotifiedFields),
  },
  threadDelete: { summary: "Delete a reply", data: onMessage, ack: roomEvents.threadDelete },
  threadFollow: {
    summary: "Follow or unfollow a thread. Produces no event",
    data: onMessage.extend({ following: z.boolean().default(true) }),
    ack: z.object({ following: z.boolean() }),
  },
  threadRead: {
    summary:
      "Set your read position in a thread. It only moves forward unless `markUnread` is set. Produces no event",
    data: onMessage.extend({ seq: Seq, markUnread: z.literal(true).optional() }),
    ack: ThreadRead,
  },
  read: {
    summary:
      "Set your read position in the channel. It only moves forward unless `markUnread` is set. Produces no event",
    data: z.strictObject({ seq: Seq, markUnread: z.literal(true).optional() }),
    ack: ReadState,
  },
  notificationLevel: {
    summary: "Set what you are notified of in this channel. Produces no event",
    data: z.strictObject({ level: NotificationLevel }),
    ack: ChannelPreference,
  },
} as const satisfies Record<string, { summary: string; data: z.ZodType; ack: z.ZodType }>;

export type CommandType = keyof typeof commands;
export type CommandData<T extends CommandType> = z.output<(typeof commands)[T]["data"]>;
/** The data of the acknowledgement that the sender of a command receives. */
export type CommandResult<T extends CommandType> = z.output<(typeof commands)[T]["ack"]>;
/** A parsed command, from REST or a socket. */
export type Command = { [T in CommandType]: { type: T; data: CommandData<T> } }[CommandType];
/** Returns whether a command produces an event, which then has its name. Otherwise it changes only the sender's own state in the channel. */
export const producesEvent = (type: CommandType): boolean => Object.hasOwn(roomEvents, type);
export const commandTypes = Object.keys(commands) as CommandType[];
