import { z } from "zod";
import { Cursor, Limit, MessageId, page, PageQuery, Seq } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import {
  hasAtMostOneSeqFilter,
  Message,
  MessagePage,
  messageParams,
  oneSeqFilterMessage,
  requireContentOrFiles,
  seqFilters,
  WrittenMessage,
  messageFields,
} from "./messages.ts";

const reply = {
  ...messageFields,
  alsoInChannel: z
    .boolean()
    .optional()
    .meta({ description: "Show the reply in the channel's history too, and count it as unread there." }),
};
export const CreateReplyBody = requireContentOrFiles(z.strictObject(reply));
/** A reply over a socket names what it answers. */
export const CreateReply = requireContentOrFiles(z.strictObject({ ...reply, messageId: MessageId }));

export const createThread = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  tag: "threads",
  auth: "user",
  summary: "Reply to a message; a reply to a reply joins the thread of its root",
  params: messageParams,
  body: CreateReplyBody,
  action: "createThread",
  status: 201,
  repeatStatus: 200,
  response: WrittenMessage,
  errors: ["forbidden", "conflict", "nonce_reused"],
});

export const ThreadPage = MessagePage.extend({
  root: Message,
  nextCursor: Cursor.nullable().meta({ description: "Of the next newer replies." }),
});
export type ThreadPage = z.infer<typeof ThreadPage>;

export const getThreadMessages = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  tag: "threads",
  auth: "user",
  summary:
    "The replies of a thread by seq, oldest first, or those before, after or around a seq; and its root",
  params: messageParams,
  query: z
    .strictObject({ ...seqFilters, cursor: Cursor.optional(), limit: Limit })
    .refine(hasAtMostOneSeqFilter, oneSeqFilterMessage)
    .refine(
      ({ cursor, before, after, around }) =>
        cursor === undefined || (before ?? after ?? around) === undefined,
      "Give a cursor or a seq, not both",
    ),
  action: "readChannel",
  status: 200,
  response: ThreadPage,
  errors: [],
});

export const followThread = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/messages/:messageId/thread/follow",
  tag: "threads",
  auth: "user",
  summary: "Follow a thread; who wrote its root or a reply does so already",
  params: messageParams,
  action: "followThread",
  status: 204,
  errors: ["forbidden"],
});

export const unfollowThread = endpoint({
  method: "delete",
  path: "/v1/channels/:channelId/messages/:messageId/thread/follow",
  tag: "threads",
  auth: "user",
  summary: "No longer follow a thread, until you reply to it again",
  params: messageParams,
  action: "followThread",
  status: 204,
  errors: ["forbidden"],
});

export const ThreadRead = z
  .object({ lastReadSeq: Seq, unread: z.int().meta({ description: "Exact up to 99." }) })
  .meta({ id: "ThreadRead" });

export const readThread = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/messages/:messageId/thread/read",
  tag: "threads",
  auth: "user",
  summary: "Say up to where you have read a thread that you follow; back as well as forward",
  params: messageParams,
  body: z.strictObject({ seq: Seq }),
  action: "followThread",
  status: 200,
  response: ThreadRead,
  errors: ["forbidden", "conflict"],
});

export const FollowedThread = z
  .object({ message: Message.meta({ description: "The root." }), ...ThreadRead.shape })
  .meta({ id: "FollowedThread" });

export const getThreads = endpoint({
  method: "get",
  path: "/v1/users/me/threads",
  tag: "threads",
  auth: "user",
  summary: "The threads that you follow: those with unread replies first, then by the last reply",
  query: PageQuery,
  status: 200,
  response: page(FollowedThread),
  errors: [],
});
