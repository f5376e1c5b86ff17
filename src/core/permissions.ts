import type { ChannelRole, ChannelType, WorkspaceRole } from "../protocol/index.ts";

interface Rule {
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
  joinChannel: { members: everyone, outsiders: true, named: true },
  leaveChannel: { members: everyone, outsiders: true, named: true },
  addMember: { members: everyone, admins: true, named: true },
  appointMember: { members: ["owner"], admins: true, named: true },
  removeMember: { members: stewards, admins: true, named: true },
  createMessage: { members: everyone },
  updateMessage: { members: [], author: true },
  deleteMessage: { members: stewards, admins: true, author: true },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof permissions;

/** Where somebody stands towards a channel, and towards a message of it. */
export interface Standing {
  workspaceRole: WorkspaceRole;
  /** Null: not a member. */
  channelRole: ChannelRole | null;
  channelType: ChannelType;
  isAuthor?: boolean;
}

/** Whether the table allows it. Someone who may not `readChannel` may do nothing else either. */
export function checkPermissions(action: Action, standing: Standing): boolean {
  const rule: Rule = permissions[action];
  const { channelRole, channelType } = standing;
  const inside = channelRole !== null;
  if (!inside && channelType !== "public") return false;
  if (rule.named && (channelType === "direct" || channelType === "group")) return false;
  if (inside && rule.members.includes(channelRole)) return true;
  if (!inside && rule.outsiders) return true;
  if (inside && rule.author && standing.isAuthor) return true;
  return (
    rule.admins === true &&
    standing.workspaceRole !== "member" &&
    (channelType === "public" || channelType === "private")
  );
}
