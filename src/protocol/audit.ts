import { z } from "zod";
import { Cursor, Limit, page, Timestamp, TimestampInput, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

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
  "command.create",
  "command.update",
  "command.rotate_secret",
  "command.delete",
  "webhook.create",
  "webhook.update",
  "webhook.rotate_secret",
  "webhook.delete",
  "server_key.create",
  "server_key.revoke",
  "event_subscription.create",
  "event_subscription.update",
  "event_subscription.rotate_secret",
  "event_subscription.delete",
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
  "channel.update_retention",
  "channel.read_held_messages",
  "emoji.create",
  "emoji.delete",
  "group.create",
  "group.update",
  "group.delete",
  "audit.export",
] as const;

export const AuditAction = z
  .enum(auditActions)
  .meta({ id: "AuditAction", description: "What was done; the first word is the family of the object." });
export type AuditAction = z.infer<typeof AuditAction>;

export const AuditEntryId = z
  .string()
  .regex(/^aud_[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "Must be an id of the form aud_…")
  .meta({ id: "AuditEntryId", description: "`aud_` and a ULID. Opaque; ids sort by time." });

export const AuditEntry = z
  .object({
    id: AuditEntryId,
    at: Timestamp,
    actorId: UserId.nullable().meta({ description: "The user who acted; null before a login." }),
    action: AuditAction,
    objectId: z.string().nullable().meta({ description: "The id of what was acted on." }),
    addressPrefix: z.string().meta({
      description:
        "The /24 (IPv4) or /48 (IPv6) of the client; `unknown` for what a room recorded, empty after the actor's erasure.",
    }),
    userAgent: z.string().meta({ description: "As `addressPrefix`: `unknown` or empty." }),
    requestId: z.string().nullable(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  })
  .meta({
    id: "AuditEntry",
    description: "An entry of the audit log. It contains no content, token or full address.",
  });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const getAuditEntries = endpoint({
  method: "get",
  path: "/v1/audit",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary:
    "List the audit log, oldest first. For the workspace's owner and admins. With `Accept: application/jsonl` the response is one entry a line, without pages",
  query: z.strictObject({
    limit: Limit,
    cursor: Cursor.optional(),
    actor: UserId.optional(),
    action: AuditAction.optional(),
    since: TimestampInput.optional(),
  }),
  action: "audit",
  status: 200,
  response: page(AuditEntry),
  errors: ["forbidden"],
});
