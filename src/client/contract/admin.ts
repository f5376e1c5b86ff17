// Generated from src/protocol/admin.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { ChannelId, Cursor, Page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";

export interface GetAdminChannelsInput {
  query?: GetAdminChannelsQuery;
}

export interface GetAdminChannelsQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  /** `public` and `private`: those that are not archived. Default: "all". */
  scope?: AdminChannelScope;
  /** A prefix of the name. 1 to 80 characters. */
  query?: string;
}

/** Which channels are listed. `public` and `private`: those that are not archived. */
export type AdminChannelScope = "all" | "public" | "private" | "archived";

/** A channel with what its administration needs. */
export interface ListedChannel {
  id: ChannelId;
  type: "public" | "private";
  /**
   * Null for a private channel that you are not a member of; then `topic`, `memberCount` and `lastMessageAt` are
   * null too.
   */
  name: string | null;
  topic: string | null;
  createdAt: Timestamp;
  archivedAt: Timestamp | null;
  /** At most 1000, which means 1000 or more. */
  memberCount: number | null;
  /**
   * When the last message or reply was written; a deleted one counts. Null if there is none, and for a channel
   * that you cannot read.
   */
  lastMessageAt: Timestamp | null;
}

export interface GetAllChannelIdsInput {
  query?: PageQuery;
}

export interface GetDirectMessagesProjectionInput {
  query?: GetDirectMessagesProjectionQuery;
}

export interface GetDirectMessagesProjectionQuery {
  cursor?: Cursor;
}

export interface GetDirectMessagesProjectionResponse {
  channels: number;
  /** How many of them have a database projection that lags behind their log. */
  behind: number;
  /** How many of them have a search index that lags behind their log. */
  unindexed: number;
  nextCursor: Cursor | null;
}

export interface GetProjectionInput {
  params: {
    channelId: ChannelId;
  };
}

/**
 * The last `seq` of a channel's log, and the last `seq` that its projections into the database and the search
 * index have reached.
 */
export interface Projection {
  channelId: ChannelId;
  seq: Seq;
  recordedSeq: Seq;
  indexedSeq: Seq;
}

export type GetStorageInput = NoInput;

/** How much storage the workspace uses. */
export interface StorageUsage {
  /** All uploaded files, those being uploaded included. */
  files: {
    count: number;
    /** In bytes, as the quotas count them: a file has at least 4,096. */
    sizeBytes: number;
    /** In bytes. */
    quotaBytes: number;
  };
  /** The images of custom emoji. */
  emoji: {
    count: number;
    /** In bytes. */
    sizeBytes: number;
  };
  /** `sizeBytes` is null while the database does not answer. */
  databases: {
    name: "main" | "search";
    /** In bytes. */
    sizeBytes: number | null;
  }[];
  /** Objects that maintenance is about to delete. At most 1000, which means 1000 or more. */
  unusedObjects: number;
}

export interface GetUserStorageInput {
  query?: PageQuery;
}

/** The number and the size of a user's files. */
export interface UserStorage {
  userId: UserId;
  files: number;
  /** In bytes, as the quotas count them: a file has at least 4,096. */
  sizeBytes: number;
}

export interface ReindexChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface ReindexDirectMessagesInput {
  query?: ReindexDirectMessagesQuery;
}

export interface ReindexDirectMessagesQuery {
  cursor?: Cursor;
}

export interface ReindexDirectMessagesResponse {
  channels: number;
  failed: number;
  nextCursor: Cursor | null;
}

export interface ReprojectChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface ReprojectDirectMessagesInput {
  query?: ReprojectDirectMessagesQuery;
}

export interface ReprojectDirectMessagesQuery {
  cursor?: Cursor;
}

export interface ReprojectDirectMessagesResponse {
  channels: number;
  /** How many rebuilds could not be started. Repeat the request with the same cursor. */
  failed: number;
  nextCursor: Cursor | null;
}

/**
 * List all public and private channels, newest first; with `query` those that you can read, sorted by name. For
 * the workspace's owner and admins. Of a private channel that you are not in, neither name nor activity is
 * returned.
 *
 * `GET /v1/admin/channel-directory`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getAdminChannels: Endpoint<GetAdminChannelsInput, Page<ListedChannel>> = {
  method: "GET",
  path: "/v1/admin/channel-directory",
  idempotent: true,
  pages: "cursor",
};

/**
 * List the ids of all public and private channels. For the workspace's owner and admins.
 *
 * `GET /v1/admin/channels`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getAllChannelIds: Endpoint<
  GetAllChannelIdsInput,
  Page<{
    channelId: ChannelId;
  }>
> = { method: "GET", path: "/v1/admin/channels", idempotent: true, pages: "cursor" };

/**
 * Get the projection progress of the batch of direct and group messages that starts at the same cursor.
 *
 * `GET /v1/admin/direct-messages/projection`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getDirectMessagesProjection: Endpoint<
  GetDirectMessagesProjectionInput,
  GetDirectMessagesProjectionResponse
> = { method: "GET", path: "/v1/admin/direct-messages/projection", idempotent: true, pages: "cursor" };

/**
 * Get the projection progress of a channel.
 *
 * `GET /v1/admin/channels/:channelId/projection`
 *
 * The last `seq` of a channel's log, and the last `seq` that its projections into the database and the search
 * index have reached.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getProjection: Endpoint<GetProjectionInput, Projection> = {
  method: "GET",
  path: "/v1/admin/channels/:channelId/projection",
  idempotent: true,
};

/**
 * Get how much storage the files, the images of emoji and the databases use. For the workspace's owner and
 * admins.
 *
 * `GET /v1/admin/storage`
 *
 * How much storage the workspace uses.
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getStorage: Endpoint<GetStorageInput, StorageUsage> = {
  method: "GET",
  path: "/v1/admin/storage",
  idempotent: true,
};

/**
 * List the users with files, those with the most bytes first. For the workspace's owner and admins. A user whose
 * files change between two pages may be missing or appear twice.
 *
 * `GET /v1/admin/storage/users`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getUserStorage: Endpoint<GetUserStorageInput, Page<UserStorage>> = {
  method: "GET",
  path: "/v1/admin/storage/users",
  idempotent: true,
  pages: "cursor",
};

/**
 * Rebuild the search index of a channel from its log, in the background.
 *
 * `POST /v1/admin/channels/:channelId/reindex`
 *
 * The last `seq` of a channel's log, and the last `seq` that its projections into the database and the search
 * index have reached.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const reindexChannel: Endpoint<ReindexChannelInput, Projection> = {
  method: "POST",
  path: "/v1/admin/channels/:channelId/reindex",
};

/**
 * Rebuild the search index of the next batch of direct and group messages, as for a channel.
 *
 * `POST /v1/admin/direct-messages/reindex`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const reindexDirectMessages: Endpoint<ReindexDirectMessagesInput, ReindexDirectMessagesResponse> = {
  method: "POST",
  path: "/v1/admin/direct-messages/reindex",
  pages: "cursor",
};

/**
 * Rebuild the database projection of a channel from its log, in the background.
 *
 * `POST /v1/admin/channels/:channelId/reproject`
 *
 * The last `seq` of a channel's log, and the last `seq` that its projections into the database and the search
 * index have reached.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const reprojectChannel: Endpoint<ReprojectChannelInput, Projection> = {
  method: "POST",
  path: "/v1/admin/channels/:channelId/reproject",
};

/**
 * Rebuild the database projections of the next batch of direct and group messages, as for a channel. Returns
 * counts only, never ids.
 *
 * `POST /v1/admin/direct-messages/reproject`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const reprojectDirectMessages: Endpoint<
  ReprojectDirectMessagesInput,
  ReprojectDirectMessagesResponse
> = { method: "POST", path: "/v1/admin/direct-messages/reproject", pages: "cursor" };
