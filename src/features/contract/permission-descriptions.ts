import {
  type Action,
  permissions,
  type Rule,
  type WorkspaceAction,
  workspacePermissions,
} from "../../domain/permissions.ts";
import { ChannelRole, type CommandType, type Endpoint, type WorkspaceRole } from "../../protocol/index.ts";

/**
 * Describes a row of the permission tables in a sentence.
 *
 * @param action the name of the row, as in `Endpoint.action`
 * @throws Error if no table has such a row
 */
function describeAction(action: string): string {
  if (Object.hasOwn(permissions, action))
    return `\`${action}\`: ${describeChannelRule(permissions[action as Action])}`;
  if (Object.hasOwn(workspacePermissions, action))
    return `\`${action}\`: ${describeWorkspaceRule(workspacePermissions[action as WorkspaceAction])}`;
  throw new Error(`No permission table has a row ${action}`);
}

function describeChannelRule({ members, outsiders, admins, author, named, ...rule }: Rule): string {
  const roles = members.length === ChannelRole.options.length ? ["member"] : members;
  const groups = [
    ...(author ? ["the author while they are a member of the channel"] : []),
    ...(roles.length > 0 ? [`${roles.map((role) => `${role}s`).join(" and ")} of the channel`] : []),
    ...(outsiders ? ["all users but guests if the channel is public"] : []),
    ...(admins ? ["the workspace's owner and admins in public and private channels that they can see"] : []),
  ];
  const conditions = [
    ...(named ? ["not available in direct and group messages"] : []),
    ...(rule.posts ? ["subject to the channel's posting policy"] : []),
    ...(rule.noGuests ? ["not available to guests"] : []),
    ...(rule.whileMuted ? [] : ["not available to muted members"]),
  ];
  return `allowed for ${[groups.join(", "), ...conditions].join("; ")}.`;
}

const describeWorkspaceRule = (roles: readonly WorkspaceRole[]): string =>
  `allowed for the workspace's ${roles.map((role) => (role === "owner" ? role : `${role}s`)).join(" and ")}.`;

/** The permission rows that authorize each command. There are several if it depends on the changed fields or on the affected user. */
export const actionsOfCommand: Record<CommandType, [Action, ...Action[]]> = {
  channelUpdate: ["updateChannel", "archiveChannel"],
  channelDelete: ["archiveChannel"],
  memberJoin: ["joinChannel", "addMember", "appointMember"],
  memberLeave: ["leaveChannel", "removeMember", "appointMember"],
  memberUpdate: ["appointMember"],
  memberMute: ["muteMember"],
  memberUnmute: ["muteMember"],
  messageCreate: ["createMessage"],
  messageUpdate: ["updateMessage"],
  messageDelete: ["deleteMessage"],
  messagePin: ["pinMessage"],
  messageUnpin: ["pinMessage"],
  reactionAdd: ["addReaction"],
  reactionRemove: ["removeReaction"],
  threadCreate: ["createThread"],
  threadUpdate: ["updateMessage"],
  threadDelete: ["deleteMessage"],
  threadFollow: ["followThread"],
  threadRead: ["followThread"],
  read: ["markRead"],
  notificationLevel: ["markRead"],
};

/** Permission rows that authorize an endpoint in addition to its own `action`. */
const additionalActions: Record<string, string[]> = {
  updateChannel: ["archiveChannel"],
  addMember: ["appointMember"],
  removeMember: ["appointMember"],
  updateUser: ["transferOwnership"],
};

/** Lists the permission rows that authorize an endpoint. Empty if it is open to every user. */
export const actionsOfEndpoint = (name: string, { action }: Pick<Endpoint, "action">): string[] =>
  action === undefined ? [] : [action, ...(additionalActions[name] ?? [])];

/** Describes these permission rows, one paragraph each. */
export const describeActions = (actions: readonly string[]): string =>
  actions.map(describeAction).join("\n\n");
