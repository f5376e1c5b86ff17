// Generated from src/protocol/search.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { Channel } from "./channels.ts";
import type { Cursor, Page } from "./common.ts";
import type { FileRef } from "./files.ts";
import type { Message } from "./messages.ts";
import type { User } from "./users.ts";

export interface SearchChannelsInput {
  query: SearchChannelsQuery;
}

export interface SearchChannelsQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  /** 1 to 500 characters. */
  q: string;
}

export interface SearchFilesInput {
  query: SearchFilesQuery;
}

export interface SearchFilesQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  /** 1 to 500 characters. */
  q: string;
}

export interface SearchFilesResponse extends Page<FileHit> {
  /**
   * The search reached its time limit before it had examined all messages. `nextCursor` continues where it
   * stopped, even if there are no items.
   */
  incomplete?: true;
}

export interface FileHit {
  file: FileRef;
  message: Message;
  channel: Channel;
}

export interface SearchMessagesInput {
  query: SearchMessagesQuery;
}

export interface SearchMessagesQuery {
  /** 1 to 500 characters. */
  q: string;
  /** Default: "relevance". */
  sort?: SearchSort;
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
}

/** `relevance`: best match first, newer before older at equal rank. `recent`: newest first. */
export type SearchSort = "relevance" | "recent";

export interface SearchMessagesResponse extends Page<MessageHit> {
  /**
   * The search reached its time limit before it had examined all messages. `nextCursor` continues where it
   * stopped, even if there are no items.
   */
  incomplete?: true;
  /**
   * The request asked for `relevance`, but too many messages match to rank them in time: these are the newest
   * ones.
   */
  sort?: "recent";
}

export interface MessageHit {
  message: Message;
  channel: Channel;
  /**
   * The matches, as start (inclusive) and end (exclusive) offsets into `content`, in code points. On a page with
   * very long messages, the last ones may have fewer highlights.
   */
  highlights: [number, number][];
}

export interface SearchUsersInput {
  query: SearchUsersQuery;
}

export interface SearchUsersQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  /** 1 to 500 characters. */
  q: string;
}

/**
 * Search the channels that you may read by words of their name, topic and description.
 *
 * `GET /v1/search/channels`
 *
 * @throws ParleyError `validation_failed`
 */
export const searchChannels: Endpoint<SearchChannelsInput, Page<Channel>> = {
  method: "GET",
  path: "/v1/search/channels",
  idempotent: true,
  pages: "cursor",
};

/**
 * Search the files of messages that you may read by words of their names. Supports the operators of message
 * search.
 *
 * `GET /v1/search/files`
 *
 * @throws ParleyError `validation_failed`
 */
export const searchFiles: Endpoint<SearchFilesInput, SearchFilesResponse> = {
  method: "GET",
  path: "/v1/search/files",
  idempotent: true,
  pages: "cursor",
};

/**
 * Search the messages that you may read: words, `"a phrase"`, `pre*`, `-not`, `OR`, `from:@ann`, `in:#general`,
 * `has:file|link|reaction`, `before:`, `after:`, `on:`, `is:thread|pinned`.
 *
 * `GET /v1/search/messages`
 *
 * @throws ParleyError `validation_failed`
 */
export const searchMessages: Endpoint<SearchMessagesInput, SearchMessagesResponse> = {
  method: "GET",
  path: "/v1/search/messages",
  idempotent: true,
  pages: "cursor",
};

/**
 * Search users by words of their username and display name.
 *
 * `GET /v1/search/users`
 *
 * @throws ParleyError `validation_failed`
 */
export const searchUsers: Endpoint<SearchUsersInput, Page<User>> = {
  method: "GET",
  path: "/v1/search/users",
  idempotent: true,
  pages: "cursor",
};
