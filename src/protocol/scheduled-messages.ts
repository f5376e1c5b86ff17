import { z } from "zod";
import {
  ChannelId,
  Cursor,
  FileId,
  Limit,
  MessageId,
  Nonce,
  page,
  ScheduledMessageId,
  Timestamp,
  TimestampInput,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { errorCodes } from "./errors.ts";
import { limits } from "./limits.ts";
import { MessageAttachment, MessageKind, MessageMetadata, MessageSender } from "./formatting.ts";
import { Content, FileIds, messageFields, requireContentOrFiles } from "./messages.ts";

export const ScheduledState = z.enum(["pending", "sending", "sent", "failed"]).meta({
  id: "ScheduledState",
  description:
    "`pending`: waits for `sendAt`. `sending`: was handed to the channel, whose answer is outstanding; it can no longer be changed. `sent`: `messageId` is the message. `failed`: `error` says why; change `sendAt` to send it after all.",
});
export type ScheduledState = z.infer<typeof ScheduledState>;

export const ScheduledError = z
  .object({ code: z.enum(errorCodes), detail: z.string() })
  .meta({ id: "ScheduledError", description: "Why the channel rejected the message." });

export const ScheduledMessage = z
  .object({
    id: ScheduledMessageId,
    channelId: ChannelId,
    threadId: MessageId.nullable(),
    alsoInChannel: z
      .literal(true)
      .optional()
      .meta({ description: "The reply is also shown in the channel's history." }),
    content: z.string().meta({ description: "The text. Empty once the message was sent." }),
    fileIds: z.array(FileId).meta({ description: "The files that are attached when it is sent." }),
    kind: MessageKind.optional(),
    sender: MessageSender.optional(),
    attachments: z.array(MessageAttachment).optional().meta({ description: "Blocks below the text." }),
    metadata: MessageMetadata.optional(),
    sendAt: Timestamp.meta({ description: "When it is sent." }),
    state: ScheduledState,
    error: ScheduledError.nullable().meta({ description: "Why it failed; null if it did not." }),
    messageId: MessageId.nullable().meta({ description: "The message that was sent; null before." }),
    rev: z.int().meta({ description: "Incremented by each change." }),
    createdAt: Timestamp,
    updatedAt: Timestamp.meta({ description: "When it was last changed, or sent." }),
  })
  .meta({ id: "ScheduledMessage", description: "A message that its author's hub sends at `sendAt`." });
export type ScheduledMessage = z.infer<typeof ScheduledMessage>;

const sendAt = TimestampInput.meta({
  description: `When to send it: in the future, at most ${limits.scheduledDays} days ahead.`,
});

export const CreateScheduledMessageBody = requireContentOrFiles(
  z.strictObject({
    ...messageFields,
    channelId: ChannelId,
    threadId: MessageId.optional().meta({ description: "Send it as a reply to this message." }),
    alsoInChannel: z
      .boolean()
      .optional()
      .meta({ description: "Also show the reply in the channel's history." }),
    sendAt,
    nonce: Nonce.optional().meta({
      description:
        "An idempotency key that the client generates. Sending the same nonce again creates no second scheduled message.",
    }),
  }),
);

const params = z.object({ scheduledMessageId: ScheduledMessageId });
const tag = "scheduled messages";

export const createScheduledMessage = endpoint({
  method: "post",
  path: "/v1/scheduled-messages",
  tag,
  auth: "user",
  summary: "Schedule a message. You must be allowed to post it now, and again when it is sent",
  body: CreateScheduledMessageBody,
  status: 201,
  repeatStatus: 200,
  response: ScheduledMessage,
  errors: ["forbidden", "not_found", "conflict", "nonce_reused"],
});

export const getScheduledMessages = endpoint({
  method: "get",
  path: "/v1/scheduled-messages",
  tag,
  auth: "user",
  summary: "List your scheduled messages that are not sent, in order of `sendAt`",
  query: z.strictObject({
    channelId: ChannelId.optional().meta({ description: "Only those for this channel." }),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  status: 200,
  response: page(ScheduledMessage),
  errors: [],
});

export const getScheduledMessage = endpoint({
  method: "get",
  path: "/v1/scheduled-messages/:scheduledMessageId",
  tag,
  auth: "user",
  summary: "Get a scheduled message. One that was sent stays for a while, without its text",
  params,
  status: 200,
  response: ScheduledMessage,
  errors: [],
});

export const updateScheduledMessage = endpoint({
  method: "patch",
  path: "/v1/scheduled-messages/:scheduledMessageId",
  tag,
  auth: "user",
  summary: "Change a scheduled message. A new `sendAt` also revives one that failed",
  params,
  body: z.strictObject({
    content: Content.optional(),
    fileIds: FileIds.optional(),
    sendAt: sendAt.optional(),
    expectedRev: z.int().min(1).optional().meta({
      description: "The `rev` that the change is based on. With another one it is rejected with `conflict`.",
    }),
  }),
  status: 200,
  response: ScheduledMessage,
  errors: ["conflict"],
});

export const cancelScheduledMessage = endpoint({
  method: "delete",
  path: "/v1/scheduled-messages/:scheduledMessageId",
  tag,
  auth: "user",
  summary: "Cancel a scheduled message. One that is being sent, or was sent, is a conflict",
  params,
  status: 204,
  errors: ["conflict"],
});

export const sendScheduledMessage = endpoint({
  method: "post",
  path: "/v1/scheduled-messages/:scheduledMessageId/send",
  tag,
  auth: "user",
  summary: "Send a scheduled message now. `state` says whether the channel accepted it",
  params,
  repeatable: true,
  status: 200,
  response: ScheduledMessage,
  errors: [],
});
