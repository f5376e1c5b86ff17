import { z } from "zod";
import { ChannelId, label, page, PageQuery, snapshot, text, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

export const ChannelType = z.enum(["public", "private", "direct", "group"]).meta({ id: "ChannelType" });
export type ChannelType = z.infer<typeof ChannelType>;

export const Channel = z
  .object({
    id: ChannelId,
    name: z.string().nullable().meta({ description: "Null in direct and group messages." }),
    type: ChannelType,
    topic: z.string(),
    description: z.string(),
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    createdBy: UserId,
    memberIds: z
      .array(UserId)
      .optional()
      .meta({ description: "In direct and group messages: who is in it, for good." }),
  })
  .meta({ id: "Channel" });
export type Channel = z.infer<typeof Channel>;

export const ChannelSnapshot = Channel.extend(snapshot).meta({ id: "ChannelSnapshot" });
export type ChannelSnapshot = z.infer<typeof ChannelSnapshot>;

export const ChannelName = label(1, 80);
const Topic = text(0, 250);
const Description = text(0, 1_000);

export const channelParams = z.object({ channelId: ChannelId });

export const createChannel = endpoint({
  method: "post",
  path: "/v1/channels",
  tag: "channels",
  auth: "user",
  summary: "Create a channel; you become its owner. Names of public channels are unique",
  body: z.strictObject({
    name: ChannelName,
    isPrivate: z.boolean().default(false),
    topic: Topic.default(""),
    description: Description.default(""),
  }),
  status: 201,
  response: ChannelSnapshot,
  errors: ["conflict"],
});

export const getChannels = endpoint({
  method: "get",
  path: "/v1/channels",
  tag: "channels",
  auth: "user",
  summary: "Channels that you are in (`joined`) or could join (`public`), by name",
  query: PageQuery.extend({
    scope: z.enum(["joined", "public"]).default("joined"),
    query: label(1, 80).optional().meta({ type: "string", description: "The beginning of the name." }),
  }),
  status: 200,
  response: page(ChannelSnapshot),
  errors: [],
});

export const getChannel = endpoint({
  method: "get",
  path: "/v1/channels/:channelId",
  tag: "channels",
  auth: "user",
  summary: "One channel",
  params: channelParams,
  action: "readChannel",
  status: 200,
  response: ChannelSnapshot,
  errors: [],
});

export const ChannelChange = z.strictObject({
  name: ChannelName.optional(),
  topic: Topic.optional(),
  description: Description.optional(),
  isPrivate: z
    .literal(true)
    .optional()
    .meta({ description: "A public channel may become private; never the other way." }),
  archived: z.literal(false).optional().meta({ description: "Brings an archived channel back." }),
});

export const updateChannel = endpoint({
  method: "patch",
  path: "/v1/channels/:channelId",
  tag: "channels",
  auth: "user",
  summary: "Change a channel",
  params: channelParams,
  body: ChannelChange,
  action: "updateChannel",
  status: 200,
  response: ChannelSnapshot,
  errors: ["forbidden", "conflict"],
});

export const archiveChannel = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId",
  tag: "channels",
  auth: "user",
  summary:
    "Archive a channel: it stays readable, and takes no writes; the name of a public one is free again",
  params: channelParams,
  action: "archiveChannel",
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const unarchiveChannel = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/unarchive",
  tag: "channels",
  auth: "user",
  summary: "Bring an archived channel back, if its name is still free or the channel private",
  params: channelParams,
  action: "archiveChannel",
  status: 200,
  response: ChannelSnapshot,
  errors: ["forbidden", "conflict"],
});

export const openDirectMessage = endpoint({
  method: "post",
  path: "/v1/dms",
  tag: "channels",
  auth: "user",
  summary: "The direct or group message of you and these others: the same people always get the same one",
  body: z.strictObject({
    userIds: z
      .array(UserId)
      .max(limits.dmOthers)
      .meta({ description: "The others; you are in it in any case. Nobody else: a note to yourself." }),
  }),
  status: 201,
  repeatStatus: 200,
  response: ChannelSnapshot,
  errors: ["not_found", "conflict"],
});
