// Generated from src/protocol/members.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Epoch, Page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";

export interface Member {
  userId: UserId;
  role: ChannelRole;
  joinedAt: Timestamp;
}

export type ChannelRole = "owner" | "moderator" | "member";

export interface AddMemberInput {
  params: {
    channelId: ChannelId;
  };
  body: AddMemberBody;
}

export interface AddMemberBody {
  userId: UserId;
  /** Default: "member". */
  role?: ChannelRole;
}

export interface GetMembersInput {
  params: {
    channelId: ChannelId;
  };
  query?: PageQuery;
}

export interface GetMembersResponse extends Page<Member> {
  seq: Seq;
  epoch: Epoch;
}

export interface JoinChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface LeaveChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface RemoveMemberInput {
  params: {
    channelId: ChannelId;
    userId: UserId;
  };
}

export interface UpdateMemberInput {
  params: {
    channelId: ChannelId;
    userId: UserId;
  };
  body: UpdateMemberBody;
}

export interface UpdateMemberBody {
  role: ChannelRole;
}

/**
 * Add a user to a channel.
 *
 * `POST /v1/channels/:channelId/members`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const addMember: Endpoint<AddMemberInput, Member> = {
  method: "POST",
  path: "/v1/channels/:channelId/members",
  sends: "json",
  idempotent: true,
};

/**
 * List the members of a channel in the order in which they joined.
 *
 * `GET /v1/channels/:channelId/members`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getMembers: Endpoint<GetMembersInput, GetMembersResponse> = {
  method: "GET",
  path: "/v1/channels/:channelId/members",
  idempotent: true,
  pages: "cursor",
};

/**
 * Join a public channel.
 *
 * `POST /v1/channels/:channelId/join`
 *
 * @throws ParleyError `conflict`, `not_found`, `validation_failed`
 */
export const joinChannel: Endpoint<JoinChannelInput, Member> = {
  method: "POST",
  path: "/v1/channels/:channelId/join",
};

/**
 * Leave a channel.
 *
 * `POST /v1/channels/:channelId/leave`
 *
 * @throws ParleyError `conflict`, `not_found`, `validation_failed`
 */
export const leaveChannel: Endpoint<LeaveChannelInput, undefined> = {
  method: "POST",
  path: "/v1/channels/:channelId/leave",
  answers: "nothing",
};

/**
 * Remove a member from a channel. Their sockets and subscriptions for it are closed.
 *
 * `DELETE /v1/channels/:channelId/members/:userId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const removeMember: Endpoint<RemoveMemberInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId/members/:userId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Change a member's role.
 *
 * `PATCH /v1/channels/:channelId/members/:userId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateMember: Endpoint<UpdateMemberInput, Member> = {
  method: "PATCH",
  path: "/v1/channels/:channelId/members/:userId",
  sends: "json",
};
