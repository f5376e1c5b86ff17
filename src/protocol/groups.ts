import { z } from "zod";
import { GroupId, label, page, PageQuery, text, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

/** Handles that mention all members of a channel, or that users would expect to. */
const reservedHandles: ReadonlySet<string> = new Set(
  "all channel channels everybody everyone group groups here me myself null self undefined you".split(" "),
);

/** The handle of a user group: `@handle` mentions its members. Accepted in any case and with a leading `@`; stored in lower case without it. */
export const GroupHandle = z
  .string()
  .max(256, "Must have 2 to 32 characters of a-z 0-9 . _ -")
  .transform((handle) => handle.trim().replace(/^@/, "").toLowerCase())
  .pipe(
    z
      .string()
      .regex(
        /^[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])$/,
        "Must have 2 to 32 characters of a-z 0-9 . _ -, a letter or a digit first and last",
      )
      .refine((handle) => !reservedHandles.has(handle), "Is reserved"),
  );

export const UserGroup = z
  .object({
    id: GroupId,
    handle: z.string().meta({ description: "`@handle` in a message mentions the members." }),
    name: z.string(),
    description: z.string(),
    memberCount: z.int(),
    createdBy: UserId,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "UserGroup", description: "A group of users that messages mention by its handle." });
export type UserGroup = z.infer<typeof UserGroup>;

export const UserGroupWithMembers = UserGroup.extend({ userIds: z.array(UserId) }).meta({
  id: "UserGroupWithMembers",
  description: "A user group with the ids of its members.",
});
export type UserGroupWithMembers = z.infer<typeof UserGroupWithMembers>;

const isUnique = (items: readonly string[]): boolean => new Set(items).size === items.length;
const UserIds = z.array(UserId).max(limits.groupMembers).refine(isUnique, "Must not repeat a user");
const name = label(1, 80);
const description = text(0, 250);

const groupParams = z.object({ groupId: GroupId });
const groupMemberParams = z.object({ groupId: GroupId, userId: UserId });

export const createGroup = endpoint({
  method: "post",
  path: "/v1/groups",
  tag: "groups",
  auth: "user",
  summary: "Create a user group, whose members are mentioned by `@handle`",
  body: z.strictObject({
    handle: GroupHandle,
    name,
    description: description.optional(),
    userIds: UserIds.optional(),
  }),
  action: "manageGroups",
  rateClass: "admin",
  status: 201,
  response: UserGroupWithMembers,
  errors: ["forbidden", "conflict", "not_found"],
});

export const getGroups = endpoint({
  method: "get",
  path: "/v1/groups",
  tag: "groups",
  auth: "user",
  restricted: true,
  etag: true,
  summary: "List the user groups of the workspace by handle. Not for guests. Supports `If-None-Match`",
  query: PageQuery,
  action: "browseWorkspace",
  status: 200,
  response: page(UserGroup),
  errors: ["forbidden"],
});

export const getGroup = endpoint({
  method: "get",
  path: "/v1/groups/:groupId",
  tag: "groups",
  auth: "user",
  restricted: true,
  summary: "Get a user group with its members. Not for guests",
  params: groupParams,
  action: "browseWorkspace",
  status: 200,
  response: UserGroupWithMembers,
  errors: ["forbidden"],
});

export const updateGroup = endpoint({
  method: "patch",
  path: "/v1/groups/:groupId",
  tag: "groups",
  auth: "user",
  summary: "Change a user group. `userIds` replaces all of its members",
  params: groupParams,
  body: z.strictObject({
    handle: GroupHandle.optional(),
    name: name.optional(),
    description: description.optional(),
    userIds: UserIds.optional(),
  }),
  action: "manageGroups",
  rateClass: "admin",
  status: 200,
  response: UserGroupWithMembers,
  errors: ["forbidden", "conflict"],
});

export const deleteGroup = endpoint({
  method: "delete",
  path: "/v1/groups/:groupId",
  tag: "groups",
  auth: "user",
  summary: "Delete a user group. Messages that mentioned it stay as they are",
  params: groupParams,
  action: "manageGroups",
  rateClass: "admin",
  status: 204,
  errors: ["forbidden"],
});

export const addGroupMember = endpoint({
  method: "put",
  path: "/v1/groups/:groupId/members/:userId",
  tag: "groups",
  auth: "user",
  summary: "Add a user to a user group",
  params: groupMemberParams,
  action: "manageGroups",
  rateClass: "admin",
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const removeGroupMember = endpoint({
  method: "delete",
  path: "/v1/groups/:groupId/members/:userId",
  tag: "groups",
  auth: "user",
  summary: "Remove a user from a user group",
  params: groupMemberParams,
  action: "manageGroups",
  rateClass: "admin",
  status: 204,
  errors: ["forbidden"],
});
