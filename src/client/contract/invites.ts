// Generated from src/protocol/invites.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, InviteId, Page, PageQuery, Timestamp, TimestampInput, UserId } from "./common.ts";

export interface CreateInviteInput {
  body: CreateInviteBody;
}

export interface CreateInviteBody {
  /** At most 90 days from now. Default: 7 days. */
  expiresAt?: TimestampInput;
  /** Default: 1. */
  maxUses?: number;
  /** The only address that may register with it. 0 to 254 characters. */
  email?: string;
  /** Channels of which you are a member, and which the new user joins. */
  channelIds?: ChannelId[];
  /** Default: `member`. */
  role?: InvitedRole;
}

/** The role that an invite gives. No invite makes an admin. */
export type InvitedRole = "member" | "guest";

export interface CreateInviteResponse {
  invite: Invite;
  /** The page of the client that registers with the token. */
  url: string;
  /** The `inviteToken` of `register`. Keep it secret. */
  token: string;
}

export interface Invite {
  id: InviteId;
  createdBy: UserId;
  createdAt: Timestamp;
  expiresAt: Timestamp;
  /** How many users may register with it. */
  maxUses: number;
  /** How many users have registered with it. */
  uses: number;
  /** The only address that may register with it. */
  email: string | null;
  /** The channels that the new user joins. Empty in invites of others. */
  channelIds: ChannelId[];
  role: InvitedRole;
  /** Whether it can be used, or why not. `used`: by as many users as permitted. */
  state: "active" | "expired" | "revoked" | "used";
}

export interface GetInvitesInput {
  query?: PageQuery;
}

export interface PreviewInviteInput {
  body: PreviewInviteBody;
}

export interface PreviewInviteBody {
  /** The token of the invite. */
  token: string;
}

export interface PreviewInviteResponse {
  /** The name of the workspace. */
  workspace: string;
  /** The display name of the inviting user. */
  invitedBy: string;
  role: InvitedRole;
  expiresAt: Timestamp;
  /** Whether only one e-mail address may register with it. */
  bindsEmail: boolean;
}

export interface RevokeInviteInput {
  params: {
    inviteId: InviteId;
  };
}

/**
 * Create an invite. With `email`, it is sent to this address, if the server sends mail. The link contains the
 * token and is shown only here.
 *
 * `POST /v1/invites`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createInvite: Endpoint<CreateInviteInput, CreateInviteResponse> = {
  method: "POST",
  path: "/v1/invites",
  sends: "json",
};

/**
 * List invites, newest first: your own; for the owner and admins all.
 *
 * `GET /v1/invites`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getInvites: Endpoint<GetInvitesInput, Page<Invite>> = {
  method: "GET",
  path: "/v1/invites",
  idempotent: true,
  pages: "cursor",
};

/**
 * Get what an invite offers, for a page that registers with it.
 *
 * `POST /v1/invites/preview`
 *
 * @throws ParleyError `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const previewInvite: Endpoint<PreviewInviteInput, PreviewInviteResponse> = {
  method: "POST",
  path: "/v1/invites/preview",
  isPublic: true,
  sends: "json",
  idempotent: true,
};

/**
 * Revoke an invite: your own; the owner and admins any.
 *
 * `DELETE /v1/invites/:inviteId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const revokeInvite: Endpoint<RevokeInviteInput, undefined> = {
  method: "DELETE",
  path: "/v1/invites/:inviteId",
  answers: "nothing",
  idempotent: true,
};
