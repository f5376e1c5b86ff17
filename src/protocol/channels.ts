import { z } from "zod";
import { ChannelId, label, page, PageQuery, snapshot, text, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

export const ChannelType = z.enum(["public", "private", "direct", "group"]).meta({ id: "ChannelType" });
export type ChannelType = z.infer<typeof ChannelType>;

export const PostingPolicy = z.enum(["everyone", "moderators"]).meta({ id: "PostingPolicy" });
export type PostingPolicy = z.infer<typeof PostingPolicy>;

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
    memberIds: z.array(UserId).optional().meta({
      description: "Only for direct and group messages: the users in the conversation. It never changes.",
    }),
    postingPolicy: PostingPolicy.optional().meta({
      description:
        "Who may post, reply and edit: every member, or only moderators, owners, and members who are owner or admin of the workspace. Reactions are not affected. Absent in events from before this field existed: `everyone`.",
    }),
  })
  .meta({ id: "Channel" });
export type Channel = z.infer<typeof Channel>;

export const ChannelSnapshot = Channel.extend({ ...snapshot, postingPolicy: PostingPolicy }).meta({
  id: "ChannelSnapshot",
});
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
  summary: "Create a channel and become its owner. Names of public channels are unique",
  body: z.strictObject({
    name: ChannelName,
    isPrivate: z.boolean().default(false),
    topic: Topic.default(""),
    description: Description.default(""),
    postingPolicy: PostingPolicy.default("everyone"),
  }),
  action: "createChannel",
  status: 201,
  response: ChannelSnapshot,
  errors: ["forbidden", "conflict"],
});

export const getChannels = endpoint({
  method: "get",
  path: "/v1/channels",
  tag: "channels",
  auth: "user",
  restricted: true,
  summary:
    "List the channels that you are a member of (`joined`) or all public channels (`public`), sorted by name",
  query: PageQuery.extend({
    scope: z.enum(["joined", "public"]).default("joined"),
    query: label(1, 80).optional().meta({ type: "string", description: "A prefix of the name." }),
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
  summary: "Get a channel",
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
  postingPolicy: PostingPolicy.optional(),
  isPrivate: z
    .literal(true)
    .optional()
    .meta({ description: "Makes a public channel private. A private channel cannot become public." }),
  archived: z.literal(false).optional().meta({ description: "Restores an archived channel." }),
});

export const updateChannel = endpoint({
  method: "patch",
  path: "/v1/channels/:channelId",
  tag: "channels",
  auth: "user",
  summary: "Update a channel",
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
    "Archive a channel. It stays readable and rejects writes; the name of a public channel becomes available again",
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
  summary: "Restore an archived channel. A public channel can be restored only while its name is available",
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
  summary: "Open the direct or group message with these users. The same users always get the same channel",
  body: z.strictObject({
    userIds: z.array(UserId).max(limits.dmOthers).meta({
      description:
        "The other users; you are always included. An empty list opens a channel for notes to yourself.",
    }),
  }),
  status: 201,
  repeatStatus: 200,
  response: ChannelSnapshot,
  errors: ["not_found", "conflict"],
});
