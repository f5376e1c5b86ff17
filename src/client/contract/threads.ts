// Generated from src/protocol/threads.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Cursor, Epoch, FileId, MessageId, Nonce, Page, PageQuery, Seq } from "./common.ts";
import type { GetChannelMessagesQuery, Message, WrittenMessage } from "./messages.ts";

export interface CreateThreadInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
  body: CreateReplyBody;
}

export interface CreateReplyBody {
  /** 0 to 8000 characters. */
  content: string;
  /** 1 to 64 characters. */
  nonce?: Nonce;
  /** Files that you uploaded and that no other message carries. */
  fileIds?: FileId[];
  /** Show the reply in the channel's history too, and count it as unread there. */
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
  /** The root. */
  message: Message;
  lastReadSeq: Seq;
  /** Exact up to 99. */
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
  /** Exact up to 99. */
  unread: number;
}

export interface UnfollowThreadInput {
  params: {
    channelId: ChannelId;
    messageId: MessageId;
  };
}

/** A reply over a socket names what it answers. */
export interface CreateReply extends CreateReplyBody {
  messageId: MessageId;
}

/**
 * Reply to a message; a reply to a reply joins the thread of its root.
 *
 * `POST /v1/channels/:channelId/messages/:messageId/thread`
 *
 * @throws ParleyError `conflict`, `forbidden`, `nonce_reused`, `not_found`, `payload_too_large`,
 * `request_timeout`, `validation_failed`
 */
export const createThread: Endpoint<CreateThreadInput, WrittenMessage> = {
  method: "POST",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Follow a thread; who wrote its root or a reply does so already.
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
 * The replies of a thread by seq, oldest first, or those before, after or around a seq; and its root.
 *
 * `GET /v1/channels/:channelId/messages/:messageId/thread`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getThreadMessages: Endpoint<GetThreadMessagesInput, ThreadPage> = {
  method: "GET",
  path: "/v1/channels/:channelId/messages/:messageId/thread",
  idempotent: true,
  pages: "cursor",
};

/**
 * The threads that you follow: those with unread replies first, then by the last reply.
 *
 * `GET /v1/users/me/threads`
 *
 * @throws ParleyError `validation_failed`
 */
export const getThreads: Endpoint<GetThreadsInput, Page<FollowedThread>> = {
  method: "GET",
  path: "/v1/users/me/threads",
  idempotent: true,
  pages: "cursor",
};

/**
 * Say up to where you have read a thread that you follow; back as well as forward.
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
 * No longer follow a thread, until you reply to it again.
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
