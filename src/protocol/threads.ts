import { z } from "zod";
import { Cursor, Limit, MessageId, page, PageQuery, Seq } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import {
  CommandRun,
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
    .meta({ description: "Also show the reply in the channel's history, and count it as unread there." }),
};
export const CreateReplyBody = requireContentOrFiles(z.strictObject(reply));
/** The data of a reply sent over a socket: `messageId` is the message that it replies to. */
export const CreateReply = requireContentOrFiles(z.strictObject({ ...reply, messageId: MessageId }));

export const createThread = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  tag: "threads",
  auth: "user",
  summary:
    "Reply to a message. A reply to a reply joins the thread of its root message. Content that begins with `/` and the name of a command runs the command instead, if a person sends it",
  params: messageParams,
  body: CreateReplyBody,
  action: "createThread",
  status: 201,
  repeatStatus: 200,
  acceptedStatus: 202,
  response: WrittenMessage,
  acceptedResponse: CommandRun,
  errors: ["bot_unavailable", "forbidden", "conflict", "nonce_reused"],
});

export const ThreadPage = MessagePage.extend({
  root: Message,
  nextCursor: Cursor.nullable().meta({ description: "The cursor of the next page of newer replies." }),
});
export type ThreadPage = z.infer<typeof ThreadPage>;

export const getThreadMessages = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  tag: "threads",
  auth: "user",
  summary:
    "List the replies of a thread in order of `seq`, or those before, after or around a `seq`, with the root message",
  params: messageParams,
  query: z
    .strictObject({ ...seqFilters, cursor: Cursor.optional(), limit: Limit })
    .refine(hasAtMostOneSeqFilter, oneSeqFilterMessage)
    .refine(
      ({ cursor, before, after, around }) =>
        cursor === undefined || (before ?? after ?? around) === undefined,
      "Use either `cursor` or one of `before`, `after` and `around`",
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
  summary: "Follow a thread. The authors of its root message and its replies follow it automatically",
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
  summary: "Unfollow a thread, until you reply in it again",
  params: messageParams,
  action: "followThread",
  status: 204,
  errors: ["forbidden"],
});

export const ThreadRead = z
  .object({
    lastReadSeq: Seq,
    unread: z.int().meta({ description: "The number of unread replies. Exact up to 99." }),
  })
  .meta({ id: "ThreadRead" });

export const readThread = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/messages/:messageId/thread/read",
  tag: "threads",
  auth: "user",
  summary: "Set your read position in a thread that you follow. It can move forward and back",
  params: messageParams,
  body: z.strictObject({ seq: Seq }),
  action: "followThread",
  status: 200,
  response: ThreadRead,
  errors: ["forbidden", "conflict"],
});

export const FollowedThread = z
  .object({ message: Message.meta({ description: "The root message." }), ...ThreadRead.shape })
  .meta({ id: "FollowedThread" });

export const getThreads = endpoint({
  method: "get",
  path: "/v1/users/me/threads",
  tag: "threads",
  auth: "user",
  summary: "List the threads that you follow: those with unread replies first, then by most recent reply",
  query: PageQuery,
  status: 200,
  response: page(FollowedThread),
  errors: [],
});
