import type { AuditAction } from "../../../../src/client/index.ts";

/** What each action of the audit log is, in words. */
export const auditActions: Record<AuditAction, string> = {
  "account.register": "Registered",
  "account.confirm_email": "Confirmed an e-mail address",
  "account.change_email": "Changed the e-mail address",
  "account.change_password": "Changed the password",
  "account.reset_password": "Reset a forgotten password",
  "account.update_role": "Changed a role",
  "account.suspend": "Suspended an account",
  "account.reactivate": "Reactivated an account",
  "account.transfer_ownership": "Transferred the ownership",
  "account.link_identity": "Linked a login of another provider",
  "account.export": "Exported the own data",
  "account.erase": "Erased an account",
  "session.begin": "Logged in",
  "session.reject": "Login rejected",
  "session.end": "Ended a session",
  "second_factor.add": "Added a second factor",
  "second_factor.remove": "Removed a second factor",
  "second_factor.use_recovery_code": "Used a recovery code",
  "token.create": "Created a token",
  "token.revoke": "Revoked a token",
  "bot.create": "Created a bot",
  "command.create": "Registered a slash command",
  "command.update": "Changed a slash command",
  "command.rotate_secret": "Replaced the secret of a slash command",
  "command.delete": "Deleted a slash command",
  "webhook.create": "Created an incoming webhook",
  "webhook.update": "Changed an incoming webhook",
  "webhook.rotate_secret": "Replaced the URL of an incoming webhook",
  "webhook.delete": "Deleted an incoming webhook",
  "server_key.create": "Created a server key",
  "server_key.revoke": "Revoked a server key",
  "event_subscription.create": "Created an event subscription",
  "event_subscription.update": "Changed an event subscription",
  "event_subscription.rotate_secret": "Replaced the secret of an event subscription",
  "event_subscription.delete": "Deleted an event subscription",
  "invite.create": "Created an invite",
  "invite.revoke": "Revoked an invite",
  "invite.use": "Used an invite",
  "channel.create": "Created a channel",
  "channel.update": "Changed a channel",
  "channel.archive": "Archived a channel",
  "channel.unarchive": "Restored a channel",
  "channel.purge": "Purged a channel",
  "member.add": "Added a member",
  "member.remove": "Removed a member",
  "member.update_role": "Changed a role in a channel",
  "member.mute": "Muted a member",
  "member.unmute": "Ended a mute",
  "message.delete_by_moderator": "Deleted a message of another user",
  "workspace.update_settings": "Changed the settings of the workspace",
  "channel.update_retention": "Changed retention or legal hold",
  "channel.read_held_messages": "Read held messages",
  "emoji.create": "Created a custom emoji",
  "emoji.delete": "Deleted a custom emoji",
  "group.create": "Created a user group",
  "group.update": "Changed a user group",
  "group.delete": "Deleted a user group",
  "audit.export": "Downloaded the audit log",
};

/** Returns an action in words; the action itself for one of a newer server. */
export const actionText = (action: string): string =>
  Object.hasOwn(auditActions, action) ? auditActions[action as AuditAction] : action;

/** All actions as the choices of a filter, by family, after one that stands for all. */
export const actionOptions: readonly { value: AuditAction | ""; label: string }[] = [
  { value: "", label: "All actions" },
  ...Object.entries(auditActions)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([value, label]) => ({ value: value as AuditAction, label: `${familyOf(value)}: ${label}` })),
];

/** Returns the family of an action, which is its first word. */
function familyOf(action: string): string {
  const [family = ""] = action.split(".");
  return family.replaceAll("_", " ");
}
