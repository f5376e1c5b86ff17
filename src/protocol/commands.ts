import { z } from "zod";
import { ChannelChange } from "./channels.ts";
import { MessageId, UserId } from "./common.ts";
import { ChannelRole } from "./members.ts";
import { CreateMessageBody, UpdateMessageBody } from "./messages.ts";

/**
 * What a room can be told to do. Each command bears the name of the event that it makes, REST and frames alike;
 * its `ack` carries that event's data.
 */
export const commands = {
  channelUpdate: { summary: "Change the channel", data: ChannelChange },
  memberJoin: {
    summary: "Join the channel, or add `userId` to it",
    data: z.strictObject({ userId: UserId.optional(), role: ChannelRole.optional() }),
  },
  memberLeave: {
    summary: "Leave the channel, or remove `userId` from it",
    data: z.strictObject({ userId: UserId.optional() }),
  },
  memberUpdate: {
    summary: "Change a member's role",
    data: z.strictObject({ userId: UserId, role: ChannelRole }),
  },
  messageCreate: { summary: "Post a message", data: CreateMessageBody },
  messageUpdate: {
    summary: "Edit your own message",
    data: UpdateMessageBody.extend({ messageId: MessageId }),
  },
  messageDelete: { summary: "Delete a message", data: z.strictObject({ messageId: MessageId }) },
} as const satisfies Record<string, { summary: string; data: z.ZodType }>;

export type CommandType = keyof typeof commands;
export type CommandData<T extends CommandType> = z.output<(typeof commands)[T]["data"]>;
/** A parsed command, whichever door it came through. */
export type Command = { [T in CommandType]: { type: T; data: CommandData<T> } }[CommandType];
export const commandTypes = Object.keys(commands) as CommandType[];
