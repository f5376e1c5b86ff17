import type { CommandType } from "../../../../src/protocol/index.ts";

/** A command's data as in a socket frame. */
export type CommandData = Record<string, any>;

/** The same command as a REST request; `path` is relative to the channel. */
export type RestRequest = [method: string, path: string, body?: object];

const without = (data: CommandData, ...names: string[]): CommandData =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));

const below = ({ messageId }: CommandData, rest = ""): string => `/messages/${messageId}${rest}`;

const edit = ({ messageId, ...body }: CommandData): RestRequest => ["PATCH", below({ messageId }), body];

const remove = (data: CommandData): RestRequest => ["DELETE", below(data)];

const reaction = (method: string, data: CommandData): RestRequest => [
  method,
  below(data, `/reactions/${encodeURIComponent(data["emoji"])}`),
];

/** Maps each command's frame data to the equal REST request. A missing command is a compile error. */
export const restRequestOf: Record<CommandType, (data: CommandData) => RestRequest> = {
  channelUpdate: (data) =>
    JSON.stringify(data) === '{"archived":false}' ? ["POST", "/unarchive"] : ["PATCH", "", data],
  channelDelete: () => ["DELETE", ""],
  memberJoin: (data) => (data["userId"] === undefined ? ["POST", "/join"] : ["POST", "/members", data]),
  memberLeave: ({ userId }) => (userId === undefined ? ["POST", "/leave"] : ["DELETE", `/members/${userId}`]),
  memberUpdate: ({ userId, ...body }) => ["PATCH", `/members/${userId}`, body],
  memberMute: ({ userId, ...body }) => ["PUT", `/members/${userId}/mute`, body],
  memberUnmute: ({ userId }) => ["DELETE", `/members/${userId}/mute`],
  messageCreate: (data) => ["POST", "/messages", data],
  messageUpdate: edit,
  messageDelete: remove,
  messagePin: (data) => ["PUT", below(data, "/pin")],
  messageUnpin: (data) => ["DELETE", below(data, "/pin")],
  reactionAdd: (data) => reaction("PUT", data),
  reactionRemove: (data) => reaction("DELETE", data),
  threadCreate: ({ messageId, ...body }) => ["POST", below({ messageId }, "/thread"), body],
  threadUpdate: edit,
  threadDelete: remove,
  threadFollow: (data) => [data["following"] === false ? "DELETE" : "PUT", below(data, "/thread/follow")],
  // REST moves the position back as well as forward, so it has no `markUnread`.
  threadRead: (data) => ["PUT", below(data, "/thread/read"), without(data, "messageId", "markUnread")],
  read: (data) => ["PUT", "/read", without(data, "markUnread")],
  notificationLevel: (data) => ["PUT", "/notifications", data],
};

const written = ({ message, notNotified }: CommandData): CommandData => ({
  ...message,
  ...(notNotified && { notNotified }),
});

const asItIs = (ack: CommandData): CommandData => without(ack, "nonce", "deduplicated");

const nothing = (): string => "";

/** Maps each command's ack data to the body of the equal REST response; "" for 204. */
export const restBodyOfAck: Record<CommandType, (ack: CommandData) => CommandData | string> = {
  channelUpdate: ({ channel }) => channel,
  channelDelete: nothing,
  memberJoin: ({ member }) => member,
  memberLeave: nothing,
  memberUpdate: ({ member }) => member,
  memberMute: ({ member }) => member,
  memberUnmute: ({ member }) => member,
  messageCreate: written,
  messageUpdate: written,
  messageDelete: nothing,
  messagePin: asItIs,
  messageUnpin: nothing,
  reactionAdd: asItIs,
  reactionRemove: nothing,
  threadCreate: written,
  threadUpdate: written,
  threadDelete: nothing,
  threadFollow: nothing,
  threadRead: asItIs,
  read: asItIs,
  notificationLevel: asItIs,
};
