import { z } from "zod";
import { ChannelId, InviteId, page, PageQuery, Timestamp, TimestampInput, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { Email } from "./users.ts";

/** The role that an invite gives. No invite makes an admin. */
export const InvitedRole = z.enum(["member", "guest"]).meta({ id: "InvitedRole" });
export type InvitedRole = z.infer<typeof InvitedRole>;

const maxChannels = 20;
const maxUses = 1_000;

export const Invite = z
  .object({
    id: InviteId,
    createdBy: UserId,
    createdAt: Timestamp,
    expiresAt: Timestamp,
    maxUses: z.int().meta({ description: "How many users may register with it." }),
    uses: z.int().meta({ description: "How many users have registered with it." }),
    email: z.string().nullable().meta({ description: "The only address that may register with it." }),
    channelIds: z.array(ChannelId).meta({
      description: "The channels that the new user joins. Empty in invites of others.",
    }),
    role: InvitedRole,
    state: z.enum(["active", "expired", "revoked", "used"]).meta({
      description: "Whether it can be used, or why not. `used`: by as many users as permitted.",
    }),
  })
  .meta({ id: "Invite" });
export type Invite = z.infer<typeof Invite>;

export const createInvite = endpoint({
  method: "post",
  path: "/v1/invites",
  tag: "invites",
  auth: "user",
  scope: "admin",
  summary:
    "Create an invite. With `email`, it is sent to this address, if the server sends mail. The link contains the token and is shown only here",
  body: z.strictObject({
    expiresAt: TimestampInput.optional().meta({
      description: "At most 90 days from now. Default: 7 days.",
    }),
    maxUses: z.int().min(1).max(maxUses).optional().meta({ description: "Default: 1." }),
    email: Email.optional().meta({ description: "The only address that may register with it." }),
    channelIds: z.array(ChannelId).max(maxChannels).optional().meta({
      description: "Channels of which you are a member, and which the new user joins.",
    }),
    role: InvitedRole.optional().meta({ description: "Default: `member`." }),
  }),
  status: 201,
  response: z.object({
    invite: Invite,
    url: z.string().meta({ description: "The page of the client that registers with the token." }),
    token: z.string().meta({ description: "The `inviteToken` of `register`. Keep it secret." }),
  }),
  action: "invite",
  errors: ["forbidden", "conflict", "not_found"],
});

export const getInvites = endpoint({
  method: "get",
  path: "/v1/invites",
  tag: "invites",
  auth: "user",
  scope: "admin",
  summary: "List invites, newest first: your own; for the owner and admins all",
  query: PageQuery,
  status: 200,
  response: page(Invite),
  errors: ["forbidden"],
});

export const revokeInvite = endpoint({
  method: "delete",
  path: "/v1/invites/:inviteId",
  tag: "invites",
  auth: "user",
  scope: "admin",
  summary: "Revoke an invite: your own; the owner and admins any",
  params: z.object({ inviteId: InviteId }),
  status: 204,
  errors: ["forbidden"],
});

export const previewInvite = endpoint({
  method: "post",
  path: "/v1/invites/preview",
  tag: "invites",
  auth: "public",
  summary: "Get what an invite offers, for a page that registers with it",
  body: z.strictObject({
    token: z.string().min(1).max(256).meta({ description: "The token of the invite." }),
  }),
  repeatable: true,
  status: 200,
  response: z.object({
    workspace: z.string().meta({ description: "The name of the workspace." }),
    invitedBy: z.string().meta({ description: "The display name of the inviting user." }),
    role: InvitedRole,
    expiresAt: Timestamp,
    bindsEmail: z.boolean().meta({ description: "Whether only one e-mail address may register with it." }),
  }),
  errors: ["not_found"],
});
