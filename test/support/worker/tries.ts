import type { Action } from "../../../src/domain/permissions.ts";
import type { CommandType } from "../../../src/protocol/index.ts";

export interface PermissionCase {
  action: Action;
  isAuthor?: boolean;
  rest: [method: string, path: string, body?: object];
  frame?: [type: CommandType, data: object];
}

/** One try for each cell that this standing has; those that change the standing itself come last. */
export function permissionCases(
  {
    messages,
    target,
    newcomer,
  }: {
    /** Two of each, one for each door, and one that stays. */
    messages: { own: string[]; others: string[]; root: string };
    target: string;
    newcomer: string;
  },
  door: number,
  isInside: boolean,
): PermissionCase[] {
  const on = (id: string, content?: string): Pick<PermissionCase, "rest" | "frame"> =>
    content
      ? {
          rest: ["PATCH", `/messages/${id}`, { content }],
          frame: ["messageUpdate", { messageId: id, content }],
        }
      : { rest: ["DELETE", `/messages/${id}`], frame: ["messageDelete", { messageId: id }] };
  const { root: messageId } = messages;
  const below = `/messages/${messageId}`;
  const emoji = "👍";
  const moves: PermissionCase[] = [
    { action: "joinChannel", rest: ["POST", "/join"], frame: ["memberJoin", {}] },
    { action: "leaveChannel", rest: ["POST", "/leave"], frame: ["memberLeave", {}] },
  ];
  return [
    { action: "readChannel", rest: ["GET", ""] },
    { action: "readChannel", rest: ["GET", "/messages"] },
    { action: "readChannel", rest: ["GET", "/members"] },
    { action: "readChannel", rest: ["GET", "/events"] },
    { action: "readChannel", rest: ["GET", `/messages/${messages.others[door]}`] },
    { action: "readChannel", rest: ["GET", `/messages/${messages.others[door]}/history`] },
    ...["/pins", `${below}/thread`, `${below}/reactions`].map((path): PermissionCase => ({
      action: "readChannel",
      rest: ["GET", path],
    })),
    {
      action: "createThread",
      rest: ["POST", `${below}/thread`, { content: "hi" }],
      frame: ["threadCreate", { messageId, content: "hi" }],
    },
    {
      action: "followThread",
      rest: ["PUT", `${below}/thread/follow`],
      frame: ["threadFollow", { messageId }],
    },
    {
      action: "followThread",
      rest: ["DELETE", `${below}/thread/follow`],
      frame: ["threadFollow", { messageId, following: false }],
    },
    {
      action: "addReaction",
      rest: ["PUT", `${below}/reactions/${emoji}`],
      frame: ["reactionAdd", { messageId, emoji }],
    },
    {
      action: "removeReaction",
      rest: ["DELETE", `${below}/reactions/${emoji}`],
      frame: ["reactionRemove", { messageId, emoji }],
    },
    { action: "pinMessage", rest: ["PUT", `${below}/pin`], frame: ["messagePin", { messageId }] },
    { action: "pinMessage", rest: ["DELETE", `${below}/pin`], frame: ["messageUnpin", { messageId }] },
    { action: "markRead", rest: ["PUT", "/read", { seq: 1 }], frame: ["read", { seq: 1 }] },
    {
      action: "markRead",
      rest: ["PUT", "/notifications", { level: "all" }],
      frame: ["notificationLevel", { level: "all" }],
    },
    // One after the other, so that what follows finds it live again.
    { action: "archiveChannel", rest: ["DELETE", ""], frame: ["channelDelete", {}] },
    {
      action: "archiveChannel",
      rest: ["POST", "/unarchive"],
      frame: ["channelUpdate", { archived: false }],
    },
    {
      action: "updateChannel",
      rest: ["PATCH", "", { topic: `by ${door}` }],
      frame: ["channelUpdate", { topic: `by ${door}` }],
    },
    {
      action: "createMessage",
      rest: ["POST", "/messages", { content: "hi" }],
      frame: ["messageCreate", { content: "hi" }],
    },
    { action: "updateMessage", isAuthor: true, ...on(messages.own[door]!, "new") },
    { action: "updateMessage", isAuthor: false, ...on(messages.others[door]!, "new") },
    { action: "deleteMessage", isAuthor: true, ...on(messages.own[door]!) },
    { action: "deleteMessage", isAuthor: false, ...on(messages.others[door]!) },
    {
      action: "addMember",
      rest: ["POST", "/members", { userId: newcomer }],
      frame: ["memberJoin", { userId: newcomer }],
    },
    // To give a role while adding is to appoint.
    {
      action: "appointMember",
      rest: ["PATCH", `/members/${target}`, { role: door ? "member" : "moderator" }],
      frame: ["memberUpdate", { userId: target, role: door ? "member" : "moderator" }],
    },
    {
      action: "removeMember",
      rest: ["DELETE", `/members/${newcomer}`],
      frame: ["memberLeave", { userId: newcomer }],
    },
    ...(isInside ? moves : moves.toReversed()),
  ];
}
