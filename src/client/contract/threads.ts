// Generated from src/protocol/threads.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Cursor, Epoch, MessageId, Page, PageQuery, Seq } from "./common.ts";
import type {
  CommandRun,
  CreateMessageBody,
  GetChannelMessagesQuery,
  Message,
  WrittenMessage,
} from "./messages.ts";

export interface CreateThreadInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  body: CreateReplyBody;
}

export interface CreateReplyBody extends CreateMessageBody {
  /** Also show the reply in the channel's history, and count it as unread there. */
  alsoInChannel?: boolean;
}

export interface FollowThreadInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

export interface GetThreadMessagesInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  query?: GetThreadMessagesQuery;
}

export interface GetThreadMessagesQuery extends GetChannelMessagesQuery {
  cursor?: Cursor;
}

export interface ThreadPage extends Page<Message> {
  seq: Seq;
  epoch: Epoch;
  hasMoreBefore: boolean;
  hasMoreAfter: boolean;
  root: Message;
}

export interface GetThreadsInput {
  query?: PageQuery;
}

export interface FollowedThread {
  /** The root message. */
  message: Message;
  lastReadSeq: Seq;
  /** The number of unread replies. Exact up to 99. */
  unread: number;
}

export interface ReadThreadInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  body: ReadThreadBody;
}

export interface ReadThreadBody {
  seq: Seq;
}

export interface ThreadRead {
  lastReadSeq: Seq;
  /** The number of unread replies. Exact up to 99. */
  unread: number;
}

export interface UnfollowThreadInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

/** The data of a reply sent over a socket: `messageId` is the message that it replies to. */
export interface CreateReply extends CreateReplyBody {
  messageId: MessageId;
}

/**
 * Reply to a message. A reply to a reply joins the thread of its root message. Content that begins with `/` and
 * the name of a command runs the command instead, if a person sends it.
 *
 * `POST /v1/channels/:channelId/messages/:messageId/thread`
 *
 * @throws ParleyError `bot_unavailable`, `conflict`, `forbidden`, `nonce_reused`, `not_found`,
 * `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createThread: Endpoint<CreateThreadInput, WrittenMessage | CommandRun> = {
  method: "POST",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Follow a thread. The authors of its root message and its replies follow it automatically.
 *
 * `PUT /v1/channels/:channelId/messages/:messageId/thread/follow`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const followThread: Endpoint<FollowThreadInput, undefined> = {
  method: "PUT",
  path: "/v1/channels/:channelId/messages/:messageId/thread/follow",
  answers: "nothing",
  idempotent: true,
};

/**
 * List the replies of a thread in order of `seq`, or those before, after or around a `seq`, with the root
 * message.
 *
 * `GET /v1/channels/:channelId/messages/:messageId/thread`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getThreadMessages: Endpoint<GetThreadMessagesInput, ThreadPage> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  idempotent: true,
  pages: "cursor",
};

/**
 * List the threads that you follow: those with unread replies first, then by most recent reply.
 *
 * `GET /v1/users/me/threads`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getThreads: Endpoint<GetThreadsInput, Page<FollowedThread>> = {
  method: "GET",
  path: "/v1/users/me/threads",
  idempotent: true,
  pages: "cursor",
};

/**
 * Set your read position in a thread that you follow. It can move forward and back.
 *
 * `PUT /v1/channels/:channelId/messages/:messageId/thread/read`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const readThread: Endpoint<ReadThreadInput, ThreadRead> = {
  method: "PUT",
  path: "/v1/channels/:channelId/messages/:messageId/thread/read",
  sends: "json",
  idempotent: true,
};

/**
 * Unfollow a thread, until you reply in it again.
 *
 * `DELETE /v1/channels/:channelId/messages/:messageId/thread/follow`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const unfollowThread: Endpoint<UnfollowThreadInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId/messages/:messageId/thread/follow",
  answers: "nothing",
  idempotent: true,
};
