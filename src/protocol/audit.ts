import { z } from "zod";

/**
 * What the audit log records: changes of access and moderation. The first word is the family of the object. Content of messages, tokens and
 * passwords are never recorded.
 */
export const auditActions = [
  "account.register",
  "account.confirm_email",
  "account.change_email",
  "account.change_password",
  "account.reset_password",
  "account.update_role",
  "account.suspend",
  "account.reactivate",
  "account.transfer_ownership",
  "account.link_identity",
  "account.export",
  "account.erase",
  "session.begin",
  "session.reject",
  "session.end",
  "second_factor.add",
  "second_factor.remove",
  "second_factor.use_recovery_code",
  "token.create",
  "token.revoke",
  "bot.create",
  "server_key.create",
  "server_key.revoke",
  "invite.create",
  "invite.revoke",
  "invite.use",
  "channel.create",
  "channel.update",
  "channel.archive",
  "channel.unarchive",
  "channel.purge",
  "member.add",
  "member.remove",
  "member.update_role",
  "member.mute",
  "member.unmute",
  "message.delete_by_moderator",
  "workspace.update_settings",
  "audit.export",
] as const;

export const AuditAction = z.enum(auditActions).meta({ id: "AuditAction" });
export type AuditAction = z.infer<typeof AuditAction>;
