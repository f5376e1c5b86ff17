import type { ChannelRole, ChannelType, WorkspaceRole } from "../protocol/index.ts";

/** Who may perform an action in a channel. */
export interface Rule {
  /** The roles of members who may. */
  members: readonly ChannelRole[];
  /** Whether users who are not members may, in public channels. */
  outsiders?: true;
  /** Whether owners and admins of the workspace may, in channels that they can read. */
  admins?: true;
  /** Whether the author of the message may, with any role. */
  author?: true;
  /** Whether the action exists only in channels with a name, not in direct and group messages. */
  named?: true;
}

const everyone = ["owner", "moderator", "member"] as const;
const moderators = ["owner", "moderator"] as const;

/** The permissions in channels. This table is the only place that defines them. */
export const permissions = {
  readChannel: { members: everyone, outsiders: true },
  updateChannel: { members: moderators, admins: true, named: true },
  archiveChannel: { members: ["owner"], admins: true, named: true },
  /** Delete the channel for good. */
  purgeChannel: { members: ["owner"], admins: true, named: true },
  joinChannel: { members: everyone, outsiders: true, named: true },
  leaveChannel: { members: everyone, outsiders: true, named: true },
  addMember: { members: everyone, admins: true, named: true },
  appointMember: { members: ["owner"], admins: true, named: true },
  removeMember: { members: moderators, admins: true, named: true },
  createMessage: { members: everyone },
  updateMessage: { members: [], author: true },
  deleteMessage: { members: moderators, admins: true, author: true },
  createThread: { members: everyone },
  followThread: { members: everyone },
  addReaction: { members: everyone },
  removeReaction: { members: everyone },
  pinMessage: { members: everyone },
  markRead: { members: everyone },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof permissions;

/** Returns whether channels of this type have a name. Those without one, direct and group messages, have no roles, and no user joins or leaves. */
export const isNamed = (type: ChannelType): boolean => type === "public" || type === "private";

/** Whether a role may administer the workspace. */
export const isWorkspaceAdmin = (role: WorkspaceRole): boolean => role === "owner" || role === "admin";

/** A user's relation to a channel and to a message of it. */
export interface AccessContext {
  workspaceRole: WorkspaceRole;
  /** Null for a user who is not a member. */
  channelRole: ChannelRole | null;
  channelType: ChannelType;
  isAuthor?: boolean;
}

/** Returns whether `permissions` allows an action. A user who may not `readChannel` may do nothing else in it. */
export function checkPermissions(action: Action, context: AccessContext): boolean {
  const rule: Rule = permissions[action];
  const { channelRole, channelType } = context;
  const isMember = channelRole !== null;
  if (!isMember && (channelType !== "public" || context.workspaceRole === "guest")) return false;
  if (rule.named && !isNamed(channelType)) return false;
  if (isMember && rule.members.includes(channelRole)) return true;
  if (!isMember && rule.outsiders) return true;
  if (isMember && rule.author && context.isAuthor) return true;
  return rule.admins === true && isWorkspaceAdmin(context.workspaceRole) && isNamed(channelType);
}

/** The permissions on the workspace itself, by the role in it. This table is the only place that defines them. */
export const workspacePermissions = {
  /** Change the role of other users, or suspend them; the owner is exempt. */
  manageUsers: ["owner", "admin"],
  transferOwnership: ["owner"],
  /** Read and repair the projections of channels. No message text is included. */
  maintain: ["owner", "admin"],
  /** Read the audit log. */
  audit: ["owner", "admin"],
  /** Set retention periods and legal holds of channels, and read what a hold keeps. */
  manageRetention: ["owner", "admin"],
} as const satisfies Record<string, readonly WorkspaceRole[]>;

export type WorkspaceAction = keyof typeof workspacePermissions;

/** Returns whether `workspacePermissions` allows an action to a role. */
export const checkWorkspacePermissions = (action: WorkspaceAction, role: WorkspaceRole): boolean =>
  (workspacePermissions[action] as readonly WorkspaceRole[]).includes(role);
