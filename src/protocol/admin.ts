import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, Cursor, label, page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

export const Projection = z
  .object({ channelId: ChannelId, seq: Seq, recordedSeq: Seq, indexedSeq: Seq })
  .meta({
    id: "Projection",
    description:
      "The last `seq` of a channel's log, and the last `seq` that its projections into the database and the search index have reached.",
  });

export const getAllChannelIds = endpoint({
  method: "get",
  path: "/v1/admin/channels",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary: "List the ids of all public and private channels. For the workspace's owner and admins",
  query: PageQuery,
  action: "maintain",
  status: 200,
  response: page(z.object({ channelId: ChannelId })),
  errors: ["forbidden"],
});

export const reprojectChannel = endpoint({
  method: "post",
  path: "/v1/admin/channels/:channelId/reproject",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary: "Rebuild the database projection of a channel from its log, in the background",
  params: channelParams,
  action: "maintain",
  status: 200,
  response: Projection,
  errors: ["forbidden"],
});

export const getProjection = endpoint({
  method: "get",
  path: "/v1/admin/channels/:channelId/projection",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary: "Get the projection progress of a channel",
  params: channelParams,
  action: "maintain",
  status: 200,
  response: Projection,
  errors: ["forbidden"],
});

export const reindexChannel = endpoint({
  method: "post",
  path: "/v1/admin/channels/:channelId/reindex",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary: "Rebuild the search index of a channel from its log, in the background",
  params: channelParams,
  action: "maintain",
  status: 200,
  response: Projection,
  errors: ["forbidden"],
});

const count = z.int().min(0);
/**
 * The id of a direct or group message is derived from its members, so ids would reveal the participants. These operations therefore
 * work on batches behind an opaque cursor and return only counts.
 */
const DirectMessagesQuery = z.strictObject({ cursor: Cursor.optional() });

export const reprojectDirectMessages = endpoint({
  method: "post",
  path: "/v1/admin/direct-messages/reproject",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary:
    "Rebuild the database projections of the next batch of direct and group messages, as for a channel. Returns counts only, never ids",
  query: DirectMessagesQuery,
  action: "maintain",
  status: 200,
  response: z.object({
    channels: count,
    failed: count.meta({
      description: "How many rebuilds could not be started. Repeat the request with the same cursor.",
    }),
    nextCursor: Cursor.nullable(),
  }),
  errors: ["forbidden"],
});

export const reindexDirectMessages = endpoint({
  method: "post",
  path: "/v1/admin/direct-messages/reindex",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary: "Rebuild the search index of the next batch of direct and group messages, as for a channel",
  query: DirectMessagesQuery,
  action: "maintain",
  status: 200,
  response: z.object({ channels: count, failed: count, nextCursor: Cursor.nullable() }),
  errors: ["forbidden"],
});

export const getDirectMessagesProjection = endpoint({
  method: "get",
  path: "/v1/admin/direct-messages/projection",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary:
    "Get the projection progress of the batch of direct and group messages that starts at the same cursor",
  query: DirectMessagesQuery,
  action: "maintain",
  status: 200,
  response: z.object({
    channels: count,
    behind: count.meta({
      description: "How many of them have a database projection that lags behind their log.",
    }),
    unindexed: count.meta({
      description: "How many of them have a search index that lags behind their log.",
    }),
    nextCursor: Cursor.nullable(),
  }),
  errors: ["forbidden"],
});

/** A channel in the list of all channels for administration. */
export const ListedChannel = z
  .object({
    id: ChannelId,
    type: z.enum(["public", "private"]),
    name: z.string().nullable().meta({
      description:
        "Null for a private channel that you are not a member of; then `topic`, `memberCount` and `lastMessageAt` are null too.",
    }),
    topic: z.string().nullable(),
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    memberCount: count.nullable().meta({
      description: `At most ${limits.adminCounted}, which means ${limits.adminCounted} or more.`,
    }),
    lastMessageAt: Timestamp.nullable().meta({
      description:
        "When the last message or reply was written; a deleted one counts. Null if there is none, and for a channel that you cannot read.",
    }),
  })
  .meta({ id: "ListedChannel", description: "A channel with what its administration needs." });
export type ListedChannel = z.infer<typeof ListedChannel>;

/** Which channels are listed. `public` and `private`: those that are not archived. */
export const AdminChannelScope = z.enum(["all", "public", "private", "archived"]);

export const getAdminChannels = endpoint({
  method: "get",
  path: "/v1/admin/channel-directory",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary:
    "List all public and private channels, newest first; with `query` those that you can read, sorted by name. For the workspace's owner and admins. Of a private channel that you are not in, neither name nor activity is returned",
  query: PageQuery.extend({
    scope: AdminChannelScope.default("all").meta({
      description: "`public` and `private`: those that are not archived.",
    }),
    query: label(1, 80).optional().meta({ type: "string", description: "A prefix of the name." }),
  }),
  action: "inspectWorkspace",
  status: 200,
  response: page(ListedChannel),
  errors: ["forbidden"],
});

const SizeBytes = count.meta({ description: "In bytes." });
const ChargedBytes = count.meta({
  description: "In bytes, as the quotas count them: a file has at least 4,096.",
});

/** How much storage the workspace uses. */
export const StorageUsage = z
  .object({
    files: z
      .object({ count, sizeBytes: ChargedBytes, quotaBytes: SizeBytes })
      .meta({ description: "All uploaded files, those being uploaded included." }),
    emoji: z.object({ count, sizeBytes: SizeBytes }).meta({ description: "The images of custom emoji." }),
    databases: z
      .array(z.object({ name: z.enum(["main", "search"]), sizeBytes: SizeBytes.nullable() }))
      .meta({ description: "`sizeBytes` is null while the database does not answer." }),
    unusedObjects: count.meta({
      description: `Objects that maintenance is about to delete. At most ${limits.adminCounted}, which means ${limits.adminCounted} or more.`,
    }),
  })
  .meta({ id: "StorageUsage", description: "How much storage the workspace uses." });
export type StorageUsage = z.infer<typeof StorageUsage>;

export const getStorage = endpoint({
  method: "get",
  path: "/v1/admin/storage",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary:
    "Get how much storage the files, the images of emoji and the databases use. For the workspace's owner and admins",
  action: "inspectWorkspace",
  status: 200,
  response: StorageUsage,
  errors: ["forbidden"],
});

export const UserStorage = z
  .object({ userId: UserId, files: count, sizeBytes: ChargedBytes })
  .meta({ id: "UserStorage", description: "The number and the size of a user's files." });
export type UserStorage = z.infer<typeof UserStorage>;

export const getUserStorage = endpoint({
  method: "get",
  path: "/v1/admin/storage/users",
  tag: "admin",
  auth: "user",
  scope: "admin",
  summary:
    "List the users with files, those with the most bytes first. For the workspace's owner and admins. A user whose files change between two pages may be missing or appear twice",
  query: PageQuery,
  action: "inspectWorkspace",
  status: 200,
  response: page(UserStorage),
  errors: ["forbidden"],
});
