import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, EphemeralMessageId, MessageId, text, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import {
  MessageAttachment,
  MessageMetadata,
  MessageSender,
  NewAttachments,
  NewSender,
} from "./formatting.ts";
import { limits } from "./limits.ts";

/** What the sender of an ephemeral message supplies besides the recipient. */
const ephemeralFields = {
  content: text(0, limits.contentLength).meta({ description: "The text that one person sees." }),
  sender: NewSender.optional().meta({ description: "Another name or icon than those of the bot." }),
  attachments: NewAttachments.optional().meta({ description: "Blocks below the text." }),
  metadata: MessageMetadata.optional(),
  threadId: MessageId.optional().meta({
    description: "The root message of the thread in which it is shown; absent: in the channel.",
  }),
};

export const EphemeralMessage = z
  .object({
    id: EphemeralMessageId,
    channelId: ChannelId,
    threadId: MessageId.nullable().meta({
      description: "The root message of the thread in which it is shown; null: in the channel.",
    }),
    userId: UserId.meta({ description: "The only user who sees it." }),
    authorId: UserId,
    content: z.string().meta({ description: "The text." }),
    createdAt: Timestamp,
    sender: MessageSender.optional(),
    attachments: z.array(MessageAttachment).optional().meta({ description: "Blocks below the text." }),
    metadata: MessageMetadata.optional(),
  })
  .meta({ id: "EphemeralMessage", description: "A message that one user sees, and no object stores." });
export type EphemeralMessage = z.infer<typeof EphemeralMessage>;

export const createEphemeralMessage = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/ephemeral",
  tag: "messages",
  auth: "user",
  summary:
    "Show a message to one member of the channel, on their connected devices only. Only bots may. It is never stored",
  params: channelParams,
  body: z
    .strictObject({ userId: UserId, ...ephemeralFields })
    .refine(({ content, attachments = [] }) => content !== "" || attachments.length > 0, {
      path: ["content"],
      message: `Must have 1 to ${limits.contentLength} characters, unless the message has attachments`,
    }),
  action: "createMessage",
  status: 201,
  response: EphemeralMessage,
  errors: ["forbidden", "conflict"],
});
