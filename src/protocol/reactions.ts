import { z } from "zod";
import { MessageId, page, PageQuery, snapshot, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { messageParams } from "./messages.ts";

/** Which emoji there are, the room knows: Unicode's list of those recommended for interchange (RGI, UTS #51). */
export const Emoji = z
  .string()
  .min(1)
  .max(64)
  .meta({
    id: "Emoji",
    description: "One emoji, with its skin tones and joiners.",
    examples: ["👍🏽"],
  });

export const ReactionChange = z
  .object({
    messageId: MessageId,
    emoji: z.string(),
    userId: UserId,
    count: z.int().meta({ description: "How many react so now." }),
  })
  .meta({ id: "ReactionChange" });
export type ReactionChange = z.infer<typeof ReactionChange>;

const reactionParams = messageParams.extend({ emoji: z.string() });

export const addReaction = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/messages/:messageId/reactions/:emoji",
  tag: "reactions",
  auth: "user",
  summary: "React to a message with an emoji; at most 50 kinds a message",
  params: reactionParams,
  action: "addReaction",
  status: 200,
  response: ReactionChange,
  errors: ["forbidden", "conflict", "validation_failed"],
});

export const removeReaction = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId/messages/:messageId/reactions/:emoji",
  tag: "reactions",
  auth: "user",
  summary: "Take a reaction of yours back",
  params: reactionParams,
  action: "removeReaction",
  status: 204,
  errors: ["forbidden", "conflict", "validation_failed"],
});

export const MessageReaction = z
  .object({ emoji: z.string(), userId: UserId, reactedAt: Timestamp })
  .meta({ id: "MessageReaction" });

export const getReactions = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/:messageId/reactions",
  tag: "reactions",
  auth: "user",
  summary: "Who reacted with what, in order",
  params: messageParams,
  query: PageQuery,
  action: "readChannel",
  status: 200,
  response: page(MessageReaction).extend(snapshot),
  errors: [],
});
