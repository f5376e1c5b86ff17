import { z } from "zod";
import {
  ChannelId,
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
import { FileRef } from "./files.ts";
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
    seq: Seq.meta({ description: "The log position of its creation: its place in the history, for good." }),
    rev: Seq.meta({
      description: "That of the last event that changed it; ignore events with `seq` ≤ `rev`.",
    }),
    authorId: UserId,
    content: z.string().meta({ description: "As sent; empty once deleted." }),
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
      .meta({ description: "A reply that the channel's history shows too." }),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

/** In an answer to who wrote, never in an event. */
const notNotified = z
  .array(z.string())
  .meta({ description: "Names after an `@` that are nobody's in this channel: nobody was notified." });
/** What a command that writes text is answered besides its event's data. */
export const notNotifiedFields = { notNotified: notNotified.optional() };
export const WrittenMessage = Message.extend(notNotifiedFields).meta({ id: "WrittenMessage" });

/** Empty only where files say it all. */
export const Content = text(0, limits.contentLength);

const FileIds = z
  .array(FileId)
  .max(limits.filesOfMessage)
  .refine((ids) => new Set(ids).size === ids.length, "Name each file once")
  .meta({ description: "Files that you uploaded and that no other message carries." });

/** What one writes, of a message and of a reply. */
export const messageFields = { content: Content, nonce: Nonce.optional(), fileIds: FileIds.optional() };

/** Refuses what is empty: neither text nor a file. */
export const requireContentOrFiles = <S extends z.ZodType<{ content: string; fileIds?: string[] | undefined }>>(
  schema: S,
) =>
  schema.refine(({ content, fileIds = [] }) => content !== "" || fileIds.length > 0, {
    path: ["content"],
    message: `Wants 1 to ${limits.contentLength} characters, or files`,
  });

export const CreateMessageBody = requireContentOrFiles(z.strictObject(messageFields));
export const UpdateMessageBody = z.strictObject({
  content: Content.meta({ description: "Empty only where the message carries files." }),
  expectedVersion: z.int().min(1).optional(),
});

export const messageParams = z.object({ channelId: ChannelId, messageId: MessageId });

export const createMessage = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/messages",
  tag: "messages",
  auth: "user",
  summary: "Post a message to a channel",
  params: channelParams,
  body: CreateMessageBody,
  action: "createMessage",
  status: 201,
  repeatStatus: 200,
  response: WrittenMessage,
  errors: ["forbidden", "conflict", "nonce_reused"],
});

/** Where a page of messages lies: before, after or around a `seq`. */
export const seqFilters = {
  before: SeqParam.optional(),
  after: SeqParam.optional(),
  around: SeqParam.optional(),
};
export const oneSeqFilterMessage = "Give one of before, after and around";
export const hasAtMostOneSeqFilter = ({
  before,
  after,
  around,
}: {
  before?: unknown;
  after?: unknown;
  around?: unknown;
}): boolean => [before, after, around].filter((place) => place !== undefined).length <= 1;

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
  summary: "A page of the history, by seq: the newest, or those before, after or around one",
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
  summary: "One message",
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
  summary: "Delete a message: its content goes everywhere, a tombstone stays",
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
  summary: "The versions of a message that are kept, oldest first; none once it is deleted",
  params: messageParams,
  query: PageQuery,
  action: "readChannel",
  status: 200,
  response: page(MessageVersion).extend({
    ...snapshot,
    omitted: z.int().meta({
      description: "How many of the oldest versions are no longer kept, since they took too much space.",
    }),
  }),
  errors: [],
});
