import { z } from "zod";
import { MessageId, page, PageQuery, snapshot, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { messageParams } from "./messages.ts";

/** Bounds the length only; a custom emoji is `:name:`. The channel checks the emoji against Unicode's RGI list (recommended for general interchange, UTS #51). */
export const Emoji = z
  .string()
  .min(1)
  .max(64)
  .meta({
    id: "Emoji",
    description:
      "One emoji, including skin tone modifiers and joiners, or `:name:` of a custom emoji of the workspace.",
    examples: ["👍🏽"],
  });

export const ReactionChange = z
  .object({
    messageId: MessageId,
    emoji: z.string(),
    userId: UserId,
    count: z.int().meta({ description: "The number of users who now have this reaction." }),
  })
  .meta({ id: "ReactionChange" });
export type ReactionChange = z.infer<typeof ReactionChange>;

const reactionParams = messageParams.extend({ emoji: z.string() });

export const addReaction = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/messages/:messageId/reactions/:emoji",
  tag: "reactions",
  auth: "user",
  summary: "Add a reaction to a message, which can have at most 50 different emoji",
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
  summary: "Remove your reaction from a message",
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
  summary: "List the reactions to a message with their users, in order",
  params: messageParams,
  query: PageQuery,
  action: "readChannel",
  status: 200,
  response: page(MessageReaction).extend(snapshot),
  errors: [],
});
