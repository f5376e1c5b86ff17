import { z } from "zod";
import { ChannelId, Cursor, Limit, MessageId, page, Timestamp } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { Message } from "./messages.ts";

const entry = {
  messageId: MessageId,
  channelId: ChannelId,
  savedAt: Timestamp.meta({ description: "When the message was saved." }),
  doneAt: Timestamp.nullable().meta({
    description: "When the user marked it as done; null if they have not.",
  }),
};

export const SavedMessage = z
  .object(entry)
  .meta({ id: "SavedMessage", description: "A message that a user saved for later." });
export type SavedMessage = z.infer<typeof SavedMessage>;

export const SavedItem = z
  .object({
    ...entry,
    message: Message.optional().meta({
      description: "The message as you may see it now; a tombstone if it was deleted.",
    }),
    unreadable: z.literal(true).optional().meta({
      description: "You can no longer read the message, for example because you left the channel.",
    }),
  })
  .meta({ id: "SavedItem", description: "A saved message with the message itself." });
export type SavedItem = z.infer<typeof SavedItem>;

const params = z.object({ messageId: MessageId });
const tag = "saved messages";

export const saveMessage = endpoint({
  method: "put",
  path: "/v1/saved/:messageId",
  tag,
  auth: "user",
  summary: "Save a message that you can read. A message that is saved stays as it is",
  params,
  query: z.strictObject({
    channelId: ChannelId.optional().meta({
      description: "The channel of the message. Without it, the message is looked up.",
    }),
  }),
  status: 200,
  response: SavedMessage,
  errors: ["conflict"],
});

export const updateSavedMessage = endpoint({
  method: "patch",
  path: "/v1/saved/:messageId",
  tag,
  auth: "user",
  summary: "Mark a saved message as done, or as not done",
  params,
  body: z.strictObject({ done: z.boolean().meta({ description: "Whether it is done." }) }),
  status: 200,
  response: SavedMessage,
  errors: [],
});

export const unsaveMessage = endpoint({
  method: "delete",
  path: "/v1/saved/:messageId",
  tag,
  auth: "user",
  summary: "Remove a message from your saved ones",
  params,
  status: 204,
  errors: [],
});

export const getSavedMessages = endpoint({
  method: "get",
  path: "/v1/saved",
  tag,
  auth: "user",
  summary: "List your saved messages, the last saved first, with the messages as you may see them now",
  query: z.strictObject({
    done: z
      .enum(["true", "false"])
      .optional()
      .meta({ description: "Only those that are done, or only those that are not." }),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  status: 200,
  response: page(SavedItem),
  errors: [],
});
