import type { CommandType } from "../../../../src/protocol/index.ts";
import type { CommandData } from "../clients/transports.ts";
import type { RandomChoices } from "./room-operations.ts";

/** What random choices select from. */
export interface CommandContext {
  channelId: string;
  isArchived: boolean;
  /** The first is the owner, who never leaves. */
  userIds: readonly string[];
  /** Selects a message; `replies` and `own` restrict the choice if any such message exists. */
  messageId: (which: number, of?: { replies?: boolean; own?: boolean }) => string;
  /** Files of a new message. */
  fileIds: readonly string[];
}

const roles = ["member", "moderator", "owner"] as const;

const levels = ["all", "mentions", "none"] as const;

/** The last two are the same emoji, with and without a variation selector. */
const emoji = ["👍", "🎈", "👍🏽", "❤️", "❤"] as const;

const pick = <T>(items: readonly T[], number: number): T => items[number % items.length] as T;

const nonce = ({ number }: RandomChoices) => (number < 12 ? { nonce: `n${number >> 1}` } : {});

const guest = (userIds: readonly string[], whom: number): string => userIds[1 + (whom % 3)]!;

const on = ({ which }: RandomChoices, { messageId }: CommandContext) => ({ messageId: messageId(which) });

const onReply = ({ which, flag }: RandomChoices, { messageId }: CommandContext) => ({
  messageId: messageId(which, { replies: true, own: flag }),
});

/** Content, with files sometimes empty. */
const written = ({ text, number }: RandomChoices, { fileIds }: CommandContext): CommandData =>
  fileIds.length > 0 ? { content: number % 3 === 0 ? "" : text, fileIds } : { content: text };

const edit = (picks: RandomChoices, { messageId }: CommandContext, replies = false): CommandData => ({
  messageId: messageId(picks.which, { replies, own: picks.number > 4 }),
  content: picks.text,
  ...(picks.number < 12 && { expectedVersion: 1 + (picks.number >> 1) }),
});

const react = (picks: RandomChoices, table: CommandContext): CommandData => ({
  ...on(picks, table),
  emoji: pick(emoji, picks.number),
});

/** Builds the data of each command from random choices. A missing command is a compile error. */
export const commandData: Record<CommandType, (picks: RandomChoices, table: CommandContext) => CommandData> =
  {
    channelUpdate: ({ number, text }, { channelId, isArchived }) => {
      if (isArchived) return { archived: false };
      if (number === 1) return { isPrivate: true };
      return pick<CommandData>(
        [
          { topic: text },
          { description: text },
          { name: `${text.slice(0, 9)} ${channelId}` },
          { topic: text, description: "" },
          { archived: false },
        ],
        number,
      );
    },
    channelDelete: () => ({}),
    memberJoin: ({ whom, number, flag }, { userIds }) =>
      flag ? {} : { userId: pick(userIds, whom), role: pick(roles, number >> 2) },
    memberLeave: ({ whom }, { userIds }) => ({ userId: guest(userIds, whom) }),
    memberUpdate: ({ whom, number }, { userIds }) => ({
      userId: guest(userIds, whom),
      role: pick(roles, number),
    }),
    memberMute: ({ whom, flag }, { userIds }) => ({
      userId: guest(userIds, whom),
      until: flag ? null : "2999-01-01T00:00:00.000Z",
    }),
    memberUnmute: ({ whom }, { userIds }) => ({ userId: guest(userIds, whom) }),
    messageCreate: (picks, table) => ({ ...written(picks, table), ...nonce(picks) }),
    messageUpdate: (picks, table) => edit(picks, table),
    messageDelete: on,
    messagePin: (picks, table) => (picks.flag ? onReply(picks, table) : on(picks, table)),
    messageUnpin: on,
    reactionAdd: react,
    reactionRemove: react,
    threadCreate: (picks, table) => ({
      ...on(picks, table),
      ...written(picks, table),
      ...nonce(picks),
      ...(picks.flag && { alsoInChannel: true }),
    }),
    threadUpdate: (picks, table) => edit(picks, table, true),
    threadDelete: onReply,
    threadFollow: (picks, table) => ({ ...on(picks, table), following: picks.flag }),
    threadRead: (picks, table) => ({ ...on(picks, table), ...place(picks) }),
    read: (picks) => place(picks),
    notificationLevel: ({ number }) => ({ level: pick(levels, number) }),
  };

const place = ({ number: seq, flag }: RandomChoices): CommandData => ({
  seq,
  ...(flag && { markUnread: true }),
});
