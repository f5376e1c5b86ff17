import type { ChannelRole, ChannelType, WorkspaceRole } from "../../../src/client/index.ts";

/** An action in a channel that not every member may perform. */
export type ChannelAction = "update" | "archive" | "addMember" | "appoint" | "remove" | "mute";

/** What the rights of a user in a channel depend on. */
export interface ChannelAccess {
  workspaceRole: WorkspaceRole;
  /** Undefined while it is not known, and for a user who is not a member. */
  channelRole: ChannelRole | undefined;
  type: ChannelType;
  isMuted: boolean;
}

const everyone: readonly ChannelRole[] = ["owner", "moderator", "member"];
const moderators: readonly ChannelRole[] = ["owner", "moderator"];

/** Which members may; owners and admins of the workspace may do everything. As docs/roles.md describes it. */
const rules: Record<ChannelAction, readonly ChannelRole[]> = {
  update: moderators,
  archive: ["owner"],
  addMember: everyone,
  appoint: ["owner"],
  remove: moderators,
  mute: moderators,
};

/** Returns whether a user may perform an action, to show its control only then. The server decides in any case. */
export function mayInChannel(action: ChannelAction, access: ChannelAccess): boolean {
  const { workspaceRole, channelRole, type, isMuted } = access;
  const isNamed = type === "public" || type === "private";
  if (!isNamed || isMuted) return false;
  if (workspaceRole === "owner" || workspaceRole === "admin") return true;
  if (workspaceRole === "guest") return false;
  return channelRole !== undefined && rules[action].includes(channelRole);
}

/** Ranks a user in a channel: a member can be muted by a user of a higher rank. */
export function rankInChannel(workspaceRole: WorkspaceRole, channelRole: ChannelRole): number {
  if (workspaceRole === "owner") return 4;
  if (workspaceRole === "admin") return 3;
  if (workspaceRole === "guest") return 0;
  return { owner: 2, moderator: 1, member: 0 }[channelRole];
}
