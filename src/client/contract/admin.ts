// Generated from src/protocol/admin.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Cursor, Page, PageQuery, Seq } from "./common.ts";

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
