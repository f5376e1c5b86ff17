import { z } from "zod";
import { ChannelChange } from "./channels.ts";
import { MessageId, Seq, UserId } from "./common.ts";
import { roomEvents } from "./events.ts";
import { ChannelRole } from "./members.ts";
import { CreateMessageBody, notNotifiedFields, ThreadSummary, UpdateMessageBody } from "./messages.ts";
import { Emoji } from "./reactions.ts";
import { ChannelPreference, NotificationLevel, ReadState } from "./reads.ts";
import { CreateReply, ThreadRead } from "./threads.ts";

const { memberLeave, messageCreate, messageUpdate, threadCreate, threadUpdate } = roomEvents;
const onMessage = z.strictObject({ messageId: MessageId });
const onEmoji = z.strictObject({ messageId: MessageId, emoji: Emoji });

/**
 * What a room can be told to do. Each command bears the name of the event that it makes, REST and frames alike, and its
 * `ack` carries that event's data. What only concerns oneself makes no event.
 */
export const commands = {
  channelUpdate: { summary: "Change the channel", data: ChannelChange, ack: roomEvents.channelUpdate },
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
  messageUnpin: { summary: "Take a pin off", data: onMessage, ack: roomEvents.messageUnpin },
  reactionAdd: { summary: "React to a message", data: onEmoji, ack: roomEvents.reactionAdd },
  reactionRemove: { summary: "Take a reaction back", data: onEmoji, ack: roomEvents.reactionRemove },
  threadCreate: {
    summary: "Reply to `messageId`, in the thread of its root",
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
    summary: "Follow a thread, or no longer; makes no event",
    data: onMessage.extend({ following: z.boolean().default(true) }),
    ack: z.object({ following: z.boolean() }),
  },
  threadRead: {
    summary: "Say up to where you have read a thread; only forward, unless `markUnread`; makes no event",
    data: onMessage.extend({ seq: Seq, markUnread: z.literal(true).optional() }),
    ack: ThreadRead,
  },
  read: {
    summary: "Say up to where you have read; only forward, unless `markUnread`; makes no event",
    data: z.strictObject({ seq: Seq, markUnread: z.literal(true).optional() }),
    ack: ReadState,
  },
  notificationLevel: {
    summary: "What of this channel you are notified of; makes no event",
    data: z.strictObject({ level: NotificationLevel }),
    ack: ChannelPreference,
  },
} as const satisfies Record<string, { summary: string; data: z.ZodType; ack: z.ZodType }>;

export type CommandType = keyof typeof commands;
export type CommandData<T extends CommandType> = z.output<(typeof commands)[T]["data"]>;
/** What the sender of a command is answered. */
export type CommandResult<T extends CommandType> = z.output<(typeof commands)[T]["ack"]>;
/** A parsed command, whichever door it came through. */
export type Command = { [T in CommandType]: { type: T; data: CommandData<T> } }[CommandType];
export const commandTypes = Object.keys(commands) as CommandType[];
