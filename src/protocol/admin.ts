import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, Cursor, page, PageQuery, Seq } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const Projection = z
  .object({ channelId: ChannelId, seq: Seq, recordedSeq: Seq, indexedSeq: Seq })
  .meta({
    id: "Projection",
    description: "Where a channel's log ends, and up to where the record and the search index have it.",
  });

export const getAllChannelIds = endpoint({
  method: "get",
  path: "/v1/admin/channels",
  tag: "admin",
  auth: "user",
  summary: "The ids of all channels that have a name, private ones too; for the workspace's owner and admins",
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
  summary: "Throw away what the record has of a channel and write it anew from its log, in the background",
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
  summary: "How far the record is with a channel",
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
  summary: "Write what the search index has of a channel anew from its log, in the background",
  params: channelParams,
  action: "maintain",
  status: 200,
  response: Projection,
  errors: ["forbidden"],
});

const count = z.int().min(0);
/** A direct message's id tells who is in it: of these there are only numbers, a batch at a time. */
const DirectMessagesQuery = z.strictObject({ cursor: Cursor.optional() });

export const reprojectDirectMessages = endpoint({
  method: "post",
  path: "/v1/admin/direct-messages/reproject",
  tag: "admin",
  auth: "user",
  summary:
    "Write the record of the next direct and group messages anew, as of a channel; whose they are is not told",
  query: DirectMessagesQuery,
  action: "maintain",
  status: 200,
  response: z.object({
    channels: count,
    failed: count.meta({ description: "How many of them did not begin: ask again with the same cursor." }),
    nextCursor: Cursor.nullable(),
  }),
  errors: ["forbidden"],
});

export const reindexDirectMessages = endpoint({
  method: "post",
  path: "/v1/admin/direct-messages/reindex",
  tag: "admin",
  auth: "user",
  summary: "Write what the search index has of the next direct and group messages anew, as of a channel",
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
  summary:
    "How far the record is with the direct and group messages that `reproject` begins at the same cursor",
  query: DirectMessagesQuery,
  action: "maintain",
  status: 200,
  response: z.object({
    channels: count,
    behind: count.meta({
      description: "How many of them the record does not have up to the end of their log.",
    }),
    unindexed: count.meta({
      description: "How many of them the search index does not have up to the end of their log.",
    }),
    nextCursor: Cursor.nullable(),
  }),
  errors: ["forbidden"],
});
