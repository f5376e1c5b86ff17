import type { ChannelRole, ChannelType, PostingPolicy, WorkspaceRole } from "../protocol/index.ts";

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
  /** Whether the action adds text, which the channel's posting policy may reserve for moderators. */
  posts?: true;
  /** Whether members who are muted may. */
  whileMuted?: true;
  /** Whether guests of the workspace may not, even as members. */
  noGuests?: true;
}

const everyone = ["owner", "moderator", "member"] as const;
const moderators = ["owner", "moderator"] as const;

/** The permissions in channels. This table is the only place that defines them. */
export const permissions = {
  readChannel: { members: everyone, outsiders: true, whileMuted: true },
  updateChannel: { members: moderators, admins: true, named: true },
  archiveChannel: { members: ["owner"], admins: true, named: true },
  /** Delete the channel for good. */
  purgeChannel: { members: ["owner"], admins: true, named: true },
  joinChannel: { members: everyone, outsiders: true, named: true, whileMuted: true },
  leaveChannel: { members: everyone, outsiders: true, named: true, whileMuted: true },
  addMember: { members: everyone, admins: true, named: true, noGuests: true },
  appointMember: { members: ["owner"], admins: true, named: true },
  removeMember: { members: moderators, admins: true, named: true },
  muteMember: { members: moderators, admins: true, named: true },
  /** Create, change and delete incoming webhooks. `INCOMING_WEBHOOKS_BY` can reserve it for admins of the workspace. */
  manageWebhooks: { members: moderators, admins: true, named: true },
  createMessage: { members: everyone, posts: true },
  updateMessage: { members: [], author: true, posts: true },
  deleteMessage: { members: moderators, admins: true, author: true, whileMuted: true },
  createThread: { members: everyone, posts: true },
  followThread: { members: everyone, whileMuted: true },
  addReaction: { members: everyone },
  removeReaction: { members: everyone, whileMuted: true },
  pinMessage: { members: everyone },
  markRead: { members: everyone, whileMuted: true },
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
  /** Default: `everyone`. */
  postingPolicy?: PostingPolicy;
  isAuthor?: boolean;
  isMuted?: boolean;
}

/**
 * Returns whether `permissions` allows an action. A user who may not `readChannel` may do nothing else in it. Guests and muted members have the
 * rights of an ordinary member at most, whatever their role in the channel.
 */
export function checkPermissions(action: Action, context: AccessContext): boolean {
  const rule: Rule = permissions[action];
  const { channelType, isMuted = false } = context;
  const isGuest = context.workspaceRole === "guest";
  const isMember = context.channelRole !== null;
  if (!isMember && (channelType !== "public" || isGuest)) return false;
  if (rule.named && !isNamed(channelType)) return false;
  if ((isMuted && !rule.whileMuted) || (isGuest && rule.noGuests)) return false;
  const isAdmin = isWorkspaceAdmin(context.workspaceRole) && isNamed(channelType) && !isMuted;
  const channelRole = isMember && (isGuest || isMuted) ? "member" : context.channelRole;
  if (rule.posts && context.postingPolicy === "moderators" && channelRole === "member" && !isAdmin)
    return false;
  if (channelRole !== null && rule.members.includes(channelRole)) return true;
  if (!isMember && rule.outsiders) return true;
  if (isMember && rule.author && context.isAuthor) return true;
  return rule.admins === true && isAdmin;
}

/**
 * Ranks a user in a channel. To mute a member, a user needs a higher rank than theirs.
 *
 * @returns 4 for the owner of the workspace, 3 for its admins, 2 for owners of the channel, 1 for its moderators, 0 for all others
 */
export function rankOf(workspaceRole: WorkspaceRole, channelRole: ChannelRole | null): number {
  if (workspaceRole === "owner") return 4;
  if (workspaceRole === "admin") return 3;
  if (workspaceRole === "guest" || channelRole === null) return 0;
  return { owner: 2, moderator: 1, member: 0 }[channelRole];
}

/** The permissions on the workspace itself, by the role in it. This table is the only place that defines them. */
export const workspacePermissions = {
  /** Change the role of other users, or suspend them; the owner is exempt. */
  manageUsers: ["owner", "admin"],
  transferOwnership: ["owner"],
  createChannel: ["owner", "admin", "member"],
  /** See all users and all public channels. Without it, a user sees their own channels and the members of these. */
  browseWorkspace: ["owner", "admin", "member"],
  /** Change the settings of the workspace. */
  manageWorkspace: ["owner", "admin"],
  /** Create custom emoji, unless `EMOJI_BY` is `admins`. */
  createEmoji: ["owner", "admin", "member"],
  /** Delete custom emoji of others; with `EMOJI_BY` = `admins`, create them. */
  manageEmoji: ["owner", "admin"],
  /** Create, change and delete user groups. With `GROUPS_BY` = `members`, members may too. */
  manageGroups: ["owner", "admin"],
  /** Look up users by their e-mail addresses. Tokens of bots with the scope `users:email` may too. */
  lookUpByEmail: ["owner", "admin"],
  /** Invite users. With `INVITES_BY` = `members`, members may too. */
  invite: ["owner", "admin"],
  /** Read and repair the projections of channels. No message text is included. */
  maintain: ["owner", "admin"],
  /** See which channels, incoming webhooks and jobs there are, and how much storage is used. Of private channels that the user is not in, no name is included. */
  inspectWorkspace: ["owner", "admin"],
  /** Create bots and their tokens, and deactivate bots. */
  manageBots: ["owner", "admin"],
  /** Register, change and delete the slash commands of all bots. Each bot may do so with its own. */
  manageCommands: ["owner", "admin"],
  /** Create subscriptions, and see and end those of others. Bots may create their own; with `EVENT_SUBSCRIPTIONS_BY` = `members`, members too. */
  createEventSubscription: ["owner", "admin"],
  /** Create and revoke the keys of applications that embed Parley. */
  manageServerKeys: ["owner", "admin"],
  /** Read the audit log. */
  audit: ["owner", "admin"],
  /** Set retention periods and legal holds of channels, and read what a hold keeps. */
  manageRetention: ["owner", "admin"],
} as const satisfies Record<string, readonly WorkspaceRole[]>;

export type WorkspaceAction = keyof typeof workspacePermissions;

/** Returns whether `workspacePermissions` allows an action to a role. */
export const checkWorkspacePermissions = (action: WorkspaceAction, role: WorkspaceRole): boolean =>
  (workspacePermissions[action] as readonly WorkspaceRole[]).includes(role);
