import type { ChannelRole, ChannelType, WorkspaceRole } from "../protocol/index.ts";

export interface Rule {
  /** Members of the channel who may, by their role in it. */
  members: readonly ChannelRole[];
  /** Whether people who are not in it may, where they can see it: in public channels. */
  outsiders?: true;
  /** Whether owners and admins of the workspace may in channels that they can see. */
  admins?: true;
  /** Whether the author may, whatever their role. */
  author?: true;
  /** Only in channels with a name: not in direct or group messages. */
  named?: true;
}

const everyone = ["owner", "moderator", "member"] as const;
const stewards = ["owner", "moderator"] as const;

/** Who may do what in a channel: the only place that says so. */
export const permissions = {
  readChannel: { members: everyone, outsiders: true },
  updateChannel: { members: stewards, admins: true, named: true },
  archiveChannel: { members: ["owner"], admins: true, named: true },
  joinChannel: { members: everyone, outsiders: true, named: true },
  leaveChannel: { members: everyone, outsiders: true, named: true },
  addMember: { members: everyone, admins: true, named: true },
  appointMember: { members: ["owner"], admins: true, named: true },
  removeMember: { members: stewards, admins: true, named: true },
  createMessage: { members: everyone },
  updateMessage: { members: [], author: true },
  deleteMessage: { members: stewards, admins: true, author: true },
  createThread: { members: everyone },
  followThread: { members: everyone },
  addReaction: { members: everyone },
  removeReaction: { members: everyone },
  pinMessage: { members: everyone },
  markRead: { members: everyone },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof permissions;

/** Whether channels of this type have a name, and roles and comings and goings with it: direct and group messages have none. */
export const isNamed = (type: ChannelType): boolean => type === "public" || type === "private";

/** Where somebody stands towards a channel, and towards a message of it. */
export interface AccessContext {
  workspaceRole: WorkspaceRole;
  /** Null: not a member. */
  channelRole: ChannelRole | null;
  channelType: ChannelType;
  isAuthor?: boolean;
}

/** Whether the table allows it. Someone who may not `readChannel` may do nothing else either. */
export function checkPermissions(action: Action, standing: AccessContext): boolean {
  const rule: Rule = permissions[action];
  const { channelRole, channelType } = standing;
  const inside = channelRole !== null;
  if (!inside && channelType !== "public") return false;
  if (rule.named && !isNamed(channelType)) return false;
  if (inside && rule.members.includes(channelRole)) return true;
  if (!inside && rule.outsiders) return true;
  if (inside && rule.author && standing.isAuthor) return true;
  return rule.admins === true && standing.workspaceRole !== "member" && isNamed(channelType);
}

/** Who may do what with the workspace itself, by their role in it: the only place that says so. */
export const workspacePermissions = {
  /** Roles and suspensions of others, the owner aside. */
  manageUsers: ["owner", "admin"],
  transferOwnership: ["owner"],
  /** The record of channels and its state; nobody's words. */
  maintain: ["owner", "admin"],
} as const satisfies Record<string, readonly WorkspaceRole[]>;

export type WorkspaceAction = keyof typeof workspacePermissions;

/** Whether the table allows it to one of this role. */
export const checkWorkspacePermissions = (action: WorkspaceAction, role: WorkspaceRole): boolean =>
  (workspacePermissions[action] as readonly WorkspaceRole[]).includes(role);
