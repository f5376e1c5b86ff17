import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, Cursor, page, PageQuery, Seq } from "./common.ts";
import { endpoint } from "./endpoint.ts";

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
