import {
  type Action,
  permissions,
  type Rule,
  type WorkspaceAction,
  workspacePermissions,
} from "../../domain/permissions.ts";
import { ChannelRole, type CommandType, type Endpoint, type WorkspaceRole } from "../../protocol/index.ts";

/** A row of the tables of permissions as a sentence. `action`: the row's name, as endpoints give it. */
function describeAction(action: string): string {
  if (Object.hasOwn(permissions, action)) return `\`${action}\`: ${describeChannelRule(permissions[action as Action])}`;
  if (Object.hasOwn(workspacePermissions, action))
    return `\`${action}\`: ${describeWorkspaceRule(workspacePermissions[action as WorkspaceAction])}`;
  throw new Error(`No table of permissions has a row ${action}`);
}

function describeChannelRule({ members, outsiders, admins, author, named }: Rule): string {
  const roles = members.length === ChannelRole.options.length ? ["member"] : members;
  const groups = [
    ...(author ? ["for its author while they are a member"] : []),
    ...(roles.length > 0 ? [`for ${roles.map((role) => `${role}s`).join(" and ")} of the channel`] : []),
    ...(outsiders ? ["for everybody where it is public"] : []),
    ...(admins
      ? [`for the workspace's owner and admins in ${named ? "" : "named "}channels that they can see`]
      : []),
  ];
  return `${groups.join(", ")}${named ? "; not in direct and group messages" : ""}.`;
}

const describeWorkspaceRule = (roles: readonly WorkspaceRole[]): string =>
  `for the workspace's ${roles.map((role) => (role === "owner" ? role : `${role}s`)).join(" and ")}.`;

/** The rows that decide about a command: more than one where it depends on what is changed, or for whom. */
export const actionsOfCommand: Record<CommandType, [Action, ...Action[]]> = {
  channelUpdate: ["updateChannel", "archiveChannel"],
  channelDelete: ["archiveChannel"],
  memberJoin: ["joinChannel", "addMember", "appointMember"],
  memberLeave: ["leaveChannel", "removeMember", "appointMember"],
  memberUpdate: ["appointMember"],
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

/** The rows that decide about an endpoint besides its own `action`. */
const additionalActions: Record<string, string[]> = {
  updateChannel: ["archiveChannel"],
  addMember: ["appointMember"],
  removeMember: ["appointMember"],
  updateUser: ["transferOwnership"],
};

/** All rows that decide about an endpoint: none where its path is open to every user. */
export const actionsOfEndpoint = (name: string, { action }: Pick<Endpoint, "action">): string[] =>
  action === undefined ? [] : [action, ...(additionalActions[name] ?? [])];

/** Who may do what these rows decide, a line each. */
export const describeActions = (actions: readonly string[]): string => actions.map(describeAction).join("\n\n");
