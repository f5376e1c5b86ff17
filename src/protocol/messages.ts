import { z } from "zod";
import {
  ChannelId,
  CommandRunId,
  Limit,
  MessageId,
  Nonce,
  page,
  PageQuery,
  Seq,
  SeqParam,
  snapshot,
  text,
  Timestamp,
  UserId,
  FileId,
} from "./common.ts";
import { channelParams } from "./channels.ts";
import { endpoint } from "./endpoint.ts";
import { EphemeralMessage } from "./ephemeral.ts";
import { FileRef } from "./files.ts";
import {
  Entity,
  MessageAttachment,
  MessageKind,
  MessageMetadata,
  MessageSender,
  NewAttachments,
  NewSender,
} from "./formatting.ts";
import { limits } from "./limits.ts";

export const Reaction = z
  .object({ emoji: z.string(), count: z.int(), me: z.boolean().optional() })
  .meta({ id: "Reaction" });

export const ThreadSummary = z
  .object({ replyCount: z.int(), lastReplyAt: Timestamp.nullable(), participantIds: z.array(UserId) })
  .meta({ id: "ThreadSummary" });

export const Message = z
  .object({
    id: MessageId,
    channelId: ChannelId,
    seq: Seq.meta({
      description:
        "The sequence number of the event that created the message. It orders the history and never changes.",
    }),
    rev: Seq.meta({
      description:
        "The sequence number of the last event that changed the message. Ignore events with `seq` ≤ `rev`.",
    }),
    authorId: UserId,
    content: z.string().meta({ description: "The text as it was sent. Empty after deletion." }),
    threadId: MessageId.nullable(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    deletedAt: Timestamp.nullable(),
    version: z.int().min(1),
    files: z.array(FileRef),
    mentions: z.array(UserId),
    reactions: z.array(Reaction),
    thread: ThreadSummary.nullable(),
    pinned: z.boolean(),
    alsoInChannel: z
      .literal(true)
      .optional()
      .meta({ description: "The reply is also shown in the channel's history." }),
    kind: MessageKind.optional(),
    isBot: z.literal(true).optional().meta({ description: "The author is a program." }),
    sender: MessageSender.optional(),
    attachments: z
      .array(MessageAttachment)
      .optional()
      .meta({ description: "Blocks below the text, which bots add." }),
    metadata: MessageMetadata.optional(),
    entities: z.array(Entity).optional().meta({
      description:
        "What the ranges of `content` are: mentions, links, emphasis, code, …, by offset, outer ranges first. Absent if there are none.",
    }),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

/** The outcome of a slash command that a user ran. */
export const CommandRun = z
  .object({
    id: CommandRunId.nullable().meta({ description: "The invocation; null for a command of the server." }),
    command: z.string().meta({ description: "The name of the command, without the leading `/`." }),
    ephemeral: EphemeralMessage.nullable().meta({
      description:
        "An answer that only you see; it is sent to your connected devices as well. Null: none, or none yet.",
    }),
    message: Message.nullable().meta({
      description: "The message that the command created; null: none, or none yet.",
    }),
  })
  .meta({ id: "CommandRun" });
export type CommandRun = z.infer<typeof CommandRun>;

/** In the `ack` to a message that began with the name of a command, which was run instead. */
export const CommandAck = z.object({ command: CommandRun });
export type CommandAck = z.infer<typeof CommandAck>;

/** Only in replies to the author, never in an event. */
const notNotified = z.array(z.string()).meta({
  description:
    "Mentioned names that did not notify anyone: no active member has the name, or the group is too large.",
});
/** Fields that the reply to a command with text has in addition to the data of its event. */
export const notNotifiedFields = { notNotified: notNotified.optional() };
export const WrittenMessage = Message.extend(notNotifiedFields).meta({ id: "WrittenMessage" });

/** The text of a message. It may be empty only if the message has files. */
export const Content = text(0, limits.contentLength);

export const FileIds = z
  .array(FileId)
  .max(limits.filesOfMessage)
  .refine((ids) => new Set(ids).size === ids.length, "Must not contain duplicates")
  .meta({ description: "Files that you uploaded and that are not attached to another message." });

/** Fields that only bots may set. */
const botFields = {
  attachments: NewAttachments.optional().meta({ description: "Only bots may add attachments." }),
  metadata: MessageMetadata.optional(),
};

/** The fields that the author supplies, for messages and replies. */
export const messageFields = {
  content: Content,
  nonce: Nonce.optional(),
  fileIds: FileIds.optional(),
  kind: MessageKind.optional(),
  sender: NewSender.optional().meta({ description: "Only bots may set another name or icon." }),
  ...botFields,
};

interface WrittenFields {
  content: string;
  fileIds?: string[] | undefined;
  attachments?: unknown[] | undefined;
}

/** Adds the rule that a message needs text, a file or an attachment. */
export const requireContentOrFiles = <S extends z.ZodType<WrittenFields>>(schema: S) =>
  schema.refine(
    ({ content, fileIds = [], attachments = [] }) =>
      content !== "" || fileIds.length > 0 || attachments.length > 0,
    {
      path: ["content"],
      message: `Must have 1 to ${limits.contentLength} characters, unless the message has files or attachments`,
    },
  );

export const CreateMessageBody = requireContentOrFiles(z.strictObject(messageFields));
export const UpdateMessageBody = z.strictObject({
  content: Content.meta({
    description: "The new text. It may be empty only if the message has files or attachments.",
  }),
  expectedVersion: z.int().min(1).optional(),
  attachments: botFields.attachments.meta({
    description: "Replaces the attachments. Absent: they stay. Only bots may change them.",
  }),
  metadata: MessageMetadata.nullable()
    .optional()
    .meta({ description: "Replaces the metadata; null removes it. Absent: it stays." }),
});

export const messageParams = z.object({ channelId: ChannelId, messageId: MessageId });

export const createMessage = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/messages",
  tag: "messages",
  auth: "user",
  summary:
    "Post a message to a channel. Content that begins with `/` and the name of a command runs the command instead, if a person sends it",
  params: channelParams,
  body: CreateMessageBody,
  action: "createMessage",
  status: 201,
  repeatStatus: 200,
  acceptedStatus: 202,
  response: WrittenMessage,
  acceptedResponse: CommandRun,
  errors: ["bot_unavailable", "forbidden", "conflict", "nonce_reused"],
});

/** Query parameters that select a page of messages: before, after or around a `seq`. */
export const seqFilters = {
  before: SeqParam.optional(),
  after: SeqParam.optional(),
  around: SeqParam.optional(),
};
export const oneSeqFilterMessage = "Use at most one of `before`, `after` and `around`";
export const hasAtMostOneSeqFilter = ({
  before,
  after,
  around,
}: {
  before?: unknown;
  after?: unknown;
  around?: unknown;
}): boolean => [before, after, around].filter((seq) => seq !== undefined).length <= 1;

export const MessagePage = z.object({
  items: z.array(Message),
  ...snapshot,
  hasMoreBefore: z.boolean(),
  hasMoreAfter: z.boolean(),
});
export type MessagePage = z.infer<typeof MessagePage>;

export const getChannelMessages = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages",
  tag: "messages",
  auth: "user",
  summary:
    "List a page of the channel's history in order of `seq`: the latest messages, or those before, after or around a `seq`",
  params: channelParams,
  query: z.strictObject({ ...seqFilters, limit: Limit }).refine(hasAtMostOneSeqFilter, oneSeqFilterMessage),
  action: "readChannel",
  status: 200,
  response: MessagePage,
  errors: [],
});

export const getMessage = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/:messageId",
  tag: "messages",
  auth: "user",
  summary: "Get a message",
  params: messageParams,
  action: "readChannel",
  status: 200,
  response: Message,
  errors: [],
});

export const updateMessage = endpoint({
  method: "patch",
  path: "/v1/channels/:channelId/messages/:messageId",
  tag: "messages",
  auth: "user",
  summary: "Edit your own message",
  params: messageParams,
  body: UpdateMessageBody,
  action: "updateMessage",
  status: 200,
  response: WrittenMessage,
  errors: ["forbidden", "conflict"],
});

export const deleteMessage = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId/messages/:messageId",
  tag: "messages",
  auth: "user",
  summary: "Delete a message. Its content is erased everywhere; a tombstone remains",
  params: messageParams,
  action: "deleteMessage",
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const MessageVersion = z
  .object({ version: z.int().min(1), content: z.string(), at: Timestamp })
  .meta({ id: "MessageVersion" });

export const getMessageHistory = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/:messageId/history",
  tag: "messages",
  auth: "user",
  summary: "List the stored versions of a message, oldest first. A deleted message has none",
  params: messageParams,
  query: PageQuery,
  action: "readChannel",
  status: 200,
  response: page(MessageVersion).extend({
    ...snapshot,
    omitted: z.int().meta({
      description:
        "The number of oldest versions that were dropped because the history exceeded its size limit.",
    }),
  }),
  errors: [],
});
