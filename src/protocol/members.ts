import { z } from "zod";
import { ChannelId, page, PageQuery, snapshot, Timestamp, TimestampInput, UserId } from "./common.ts";
import { channelParams } from "./channels.ts";
import { endpoint } from "./endpoint.ts";

export const ChannelRole = z.enum(["owner", "moderator", "member"]).meta({ id: "ChannelRole" });
export type ChannelRole = z.infer<typeof ChannelRole>;

export const Mute = z
  .object({
    until: Timestamp.nullable().meta({ description: "When the mute ends by itself; null: it does not." }),
  })
  .meta({ id: "Mute" });
export type Mute = z.infer<typeof Mute>;

export const Member = z
  .object({
    userId: UserId,
    role: ChannelRole,
    joinedAt: Timestamp,
    mute: Mute.optional().meta({
      description:
        "Present while the member is muted. No event announces its end: compare `until` with the current time.",
    }),
  })
  .meta({ id: "Member" });
export type Member = z.infer<typeof Member>;

const memberParams = z.object({ channelId: ChannelId, userId: UserId });

export const joinChannel = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/join",
  tag: "members",
  auth: "user",
  summary: "Join a public channel",
  params: channelParams,
  action: "joinChannel",
  status: 200,
  response: Member,
  errors: ["conflict"],
});

export const leaveChannel = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/leave",
  tag: "members",
  auth: "user",
  summary: "Leave a channel",
  params: channelParams,
  action: "leaveChannel",
  status: 204,
  errors: ["conflict"],
});

export const getMembers = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/members",
  tag: "members",
  auth: "user",
  summary: "List the members of a channel in the order in which they joined",
  params: channelParams,
  query: PageQuery,
  action: "readChannel",
  status: 200,
  response: page(Member).extend(snapshot),
  errors: [],
});

export const addMember = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/members",
  tag: "members",
  auth: "user",
  summary: "Add a user to a channel",
  params: channelParams,
  body: z.strictObject({ userId: UserId, role: ChannelRole.default("member") }),
  action: "addMember",
  status: 201,
  repeatStatus: 200,
  response: Member,
  errors: ["forbidden", "conflict"],
});

export const updateMember = endpoint({
  method: "patch",
  path: "/v1/channels/:channelId/members/:userId",
  tag: "members",
  auth: "user",
  summary: "Change a member's role",
  params: memberParams,
  body: z.strictObject({ role: ChannelRole }),
  action: "appointMember",
  status: 200,
  response: Member,
  errors: ["forbidden", "conflict"],
});

export const removeMember = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId/members/:userId",
  tag: "members",
  auth: "user",
  summary: "Remove a member from a channel. Their sockets and subscriptions for it are closed",
  params: memberParams,
  action: "removeMember",
  status: 204,
  errors: ["forbidden", "conflict"],
});

/** The end of a mute as clients send it. */
export const MuteChange = z.strictObject({
  until: TimestampInput.nullable().optional().meta({
    description: "When the mute ends by itself. Absent or null: when a moderator ends it.",
  }),
});

export const muteMember = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/members/:userId/mute",
  tag: "members",
  auth: "user",
  summary:
    "Mute a member: they can read, but not post, reply, edit, react, pin or show that they are typing. Requires a higher rank than theirs",
  params: memberParams,
  body: MuteChange,
  action: "muteMember",
  status: 200,
  response: Member,
  errors: ["forbidden", "conflict"],
});

export const unmuteMember = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId/members/:userId/mute",
  tag: "members",
  auth: "user",
  summary: "End the mute of a member. Requires a higher rank than theirs",
  params: memberParams,
  action: "muteMember",
  status: 200,
  response: Member,
  errors: ["forbidden", "conflict"],
});
