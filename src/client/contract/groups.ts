// Generated from src/protocol/groups.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { GroupId, Page, PageQuery, Timestamp, UserId } from "./common.ts";

/** A group of users that messages mention by its handle. */
export interface UserGroup {
  id: GroupId;
  /** `@handle` in a message mentions the members. */
  handle: string;
  name: string;
  description: string;
  memberCount: number;
  createdBy: UserId;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

export interface AddGroupMemberInput {
  params: {
    groupId: GroupId;
    userId: UserId;
  };
}

export interface CreateGroupInput {
  body: CreateGroupBody;
}

export interface CreateGroupBody {
  handle: string;
  /** 1 to 80 characters. */
  name: string;
  /** 0 to 250 characters. */
  description?: string;
  userIds?: UserId[];
}

/** A user group with the ids of its members. */
export interface UserGroupWithMembers extends UserGroup {
  userIds: UserId[];
}

export interface DeleteGroupInput {
  params: {
    groupId: GroupId;
  };
}

export interface GetGroupInput {
  params: {
    groupId: GroupId;
  };
}

export interface GetGroupsInput {
  query?: PageQuery;
}

export interface RemoveGroupMemberInput {
  params: {
    groupId: GroupId;
    userId: UserId;
  };
}

export interface UpdateGroupInput {
  params: {
    groupId: GroupId;
  };
  body: UpdateGroupBody;
}

export interface UpdateGroupBody {
  handle?: string;
  /** 1 to 80 characters. */
  name?: string;
  /** 0 to 250 characters. */
  description?: string;
  userIds?: UserId[];
}

/**
 * Add a user to a user group.
 *
 * `PUT /v1/groups/:groupId/members/:userId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const addGroupMember: Endpoint<AddGroupMemberInput, undefined> = {
  method: "PUT",
  path: "/v1/groups/:groupId/members/:userId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Create a user group, whose members are mentioned by `@handle`.
 *
 * `POST /v1/groups`
 *
 * A user group with the ids of its members.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createGroup: Endpoint<CreateGroupInput, UserGroupWithMembers> = {
  method: "POST",
  path: "/v1/groups",
  sends: "json",
};

/**
 * Delete a user group. Messages that mentioned it stay as they are.
 *
 * `DELETE /v1/groups/:groupId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteGroup: Endpoint<DeleteGroupInput, undefined> = {
  method: "DELETE",
  path: "/v1/groups/:groupId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get a user group with its members. Not for guests.
 *
 * `GET /v1/groups/:groupId`
 *
 * A user group with the ids of its members.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getGroup: Endpoint<GetGroupInput, UserGroupWithMembers> = {
  method: "GET",
  path: "/v1/groups/:groupId",
  idempotent: true,
};

/**
 * List the user groups of the workspace by handle. Not for guests. Supports `If-None-Match`.
 *
 * `GET /v1/groups`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getGroups: Endpoint<GetGroupsInput, Page<UserGroup>> = {
  method: "GET",
  path: "/v1/groups",
  idempotent: true,
  pages: "cursor",
};

/**
 * Remove a user from a user group.
 *
 * `DELETE /v1/groups/:groupId/members/:userId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const removeGroupMember: Endpoint<RemoveGroupMemberInput, undefined> = {
  method: "DELETE",
  path: "/v1/groups/:groupId/members/:userId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Change a user group. `userIds` replaces all of its members.
 *
 * `PATCH /v1/groups/:groupId`
 *
 * A user group with the ids of its members.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateGroup: Endpoint<UpdateGroupInput, UserGroupWithMembers> = {
  method: "PATCH",
  path: "/v1/groups/:groupId",
  sends: "json",
};
