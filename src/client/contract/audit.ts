// Generated from src/protocol/audit.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { Cursor, Page, Timestamp, TimestampInput, UserId } from "./common.ts";

export interface GetAuditEntriesInput {
  query?: GetAuditEntriesQuery;
}

export interface GetAuditEntriesQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  actor?: UserId;
  action?: AuditAction;
  since?: TimestampInput;
}

/** What was done; the first word is the family of the object. */
export type AuditAction =
  | "account.register"
  | "account.confirm_email"
  | "account.change_email"
  | "account.change_password"
  | "account.reset_password"
  | "account.update_role"
  | "account.suspend"
  | "account.reactivate"
  | "account.transfer_ownership"
  | "account.link_identity"
  | "account.export"
  | "account.erase"
  | "session.begin"
  | "session.reject"
  | "session.end"
  | "second_factor.add"
  | "second_factor.remove"
  | "second_factor.use_recovery_code"
  | "token.create"
  | "token.revoke"
  | "bot.create"
  | "command.create"
  | "command.update"
  | "command.rotate_secret"
  | "command.delete"
  | "webhook.create"
  | "webhook.update"
  | "webhook.rotate_secret"
  | "webhook.delete"
  | "server_key.create"
  | "server_key.revoke"
  | "event_subscription.create"
  | "event_subscription.update"
  | "event_subscription.rotate_secret"
  | "event_subscription.delete"
  | "invite.create"
  | "invite.revoke"
  | "invite.use"
  | "channel.create"
  | "channel.update"
  | "channel.archive"
  | "channel.unarchive"
  | "channel.purge"
  | "member.add"
  | "member.remove"
  | "member.update_role"
  | "member.mute"
  | "member.unmute"
  | "message.delete_by_moderator"
  | "workspace.update_settings"
  | "channel.update_retention"
  | "channel.read_held_messages"
  | "emoji.create"
  | "emoji.delete"
  | "group.create"
  | "group.update"
  | "group.delete"
  | "audit.export";

/** An entry of the audit log. It contains no content, token or full address. */
export interface AuditEntry {
  id: AuditEntryId;
  at: Timestamp;
  /** The user who acted; null before a login. */
  actorId: UserId | null;
  action: AuditAction;
  /** The id of what was acted on. */
  objectId: string | null;
  /**
   * The /24 (IPv4) or /48 (IPv6) of the client; `unknown` for what a room recorded, empty after the actor's
   * erasure.
   */
  addressPrefix: string;
  /** As `addressPrefix`: `unknown` or empty. */
  userAgent: string;
  requestId: string | null;
  detail: Record<string, string | number | boolean | null> | null;
}

/** `aud_` and a ULID. Opaque; ids sort by time. */
export type AuditEntryId = string;

/**
 * List the audit log, oldest first. For the workspace's owner and admins. With `Accept: application/jsonl` the
 * response is one entry a line, without pages.
 *
 * `GET /v1/audit`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getAuditEntries: Endpoint<GetAuditEntriesInput, Page<AuditEntry>> = {
  method: "GET",
  path: "/v1/audit",
  idempotent: true,
  pages: "cursor",
};
