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
  /** How many of them the record does not have up to the end of their log. */
  behind: number;
  /** How many of them the search index does not have up to the end of their log. */
  unindexed: number;
  nextCursor: Cursor | null;
}

export interface GetProjectionInput {
  params: {
    channelId: ChannelId;
  };
}

/** Where a channel's log ends, and up to where the record and the search index have it. */
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
  /** How many of them did not begin: ask again with the same cursor. */
  failed: number;
  nextCursor: Cursor | null;
}

/**
 * The ids of all channels that have a name, private ones too; for the workspace's owner and admins.
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
 * How far the record is with the direct and group messages that `reproject` begins at the same cursor.
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
 * How far the record is with a channel.
 *
 * `GET /v1/admin/channels/:channelId/projection`
 *
 * Where a channel's log ends, and up to where the record and the search index have it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getProjection: Endpoint<GetProjectionInput, Projection> = {
  method: "GET",
  path: "/v1/admin/channels/:channelId/projection",
  idempotent: true,
};

/**
 * Write what the search index has of a channel anew from its log, in the background.
 *
 * `POST /v1/admin/channels/:channelId/reindex`
 *
 * Where a channel's log ends, and up to where the record and the search index have it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const reindexChannel: Endpoint<ReindexChannelInput, Projection> = {
  method: "POST",
  path: "/v1/admin/channels/:channelId/reindex",
};

/**
 * Write what the search index has of the next direct and group messages anew, as of a channel.
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
 * Throw away what the record has of a channel and write it anew from its log, in the background.
 *
 * `POST /v1/admin/channels/:channelId/reproject`
 *
 * Where a channel's log ends, and up to where the record and the search index have it.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const reprojectChannel: Endpoint<ReprojectChannelInput, Projection> = {
  method: "POST",
  path: "/v1/admin/channels/:channelId/reproject",
};

/**
 * Write the record of the next direct and group messages anew, as of a channel; whose they are is not told.
 *
 * `POST /v1/admin/direct-messages/reproject`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const reprojectDirectMessages: Endpoint<
  ReprojectDirectMessagesInput,
  ReprojectDirectMessagesResponse
> = { method: "POST", path: "/v1/admin/direct-messages/reproject", pages: "cursor" };
