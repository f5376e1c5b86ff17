// Generated from src/protocol/channels.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Cursor, Epoch, Page, Seq, Timestamp, UserId } from "./common.ts";

export interface Channel {
  id: ChannelId;
  /** Null in direct and group messages. */
  name: string | null;
  type: ChannelType;
  topic: string;
  description: string;
  createdAt: Timestamp;
  archivedAt: Timestamp | null;
  createdBy: UserId;
  /** Only for direct and group messages: the users in the conversation. It never changes. */
  memberIds?: UserId[];
}

export type ChannelType = "public" | "private" | "direct" | "group";

export interface ArchiveChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface CreateChannelInput {
  body: CreateChannelBody;
}

export interface CreateChannelBody {
  /** 1 to 80 characters. */
  name: string;
  /** Default: false. */
  isPrivate?: boolean;
  /** 0 to 250 characters. */
  topic?: string;
  /** 0 to 1000 characters. */
  description?: string;
}

export interface ChannelSnapshot extends Channel {
  seq: Seq;
  epoch: Epoch;
}

export interface GetChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface GetChannelsInput {
  query?: GetChannelsQuery;
}

export interface GetChannelsQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  /** Default: "joined". */
  scope?: "joined" | "public";
  /** A prefix of the name. 1 to 80 characters. */
  query?: string;
}

export interface OpenDirectMessageInput {
  body: OpenDirectMessageBody;
}

export interface OpenDirectMessageBody {
  /** The other users; you are always included. An empty list opens a channel for notes to yourself. */
  userIds: UserId[];
}

export interface UnarchiveChannelInput {
  params: {
    channelId: ChannelId;
  };
}

export interface UpdateChannelInput {
  params: {
    channelId: ChannelId;
  };
  body: ChannelChange;
}

export interface ChannelChange {
  /** 1 to 80 characters. */
  name?: string;
  /** 0 to 250 characters. */
  topic?: string;
  /** 0 to 1000 characters. */
  description?: string;
  /** Makes a public channel private. A private channel cannot become public. */
  isPrivate?: true;
  /** Restores an archived channel. */
  archived?: false;
}

/**
 * Archive a channel. It stays readable and rejects writes; the name of a public channel becomes available again.
 *
 * `DELETE /v1/channels/:channelId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const archiveChannel: Endpoint<ArchiveChannelInput, undefined> = {
  method: "DELETE",
  path: "/v1/channels/:channelId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Create a channel and become its owner. Names of public channels are unique.
 *
 * `POST /v1/channels`
 *
 * @throws ParleyError `conflict`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createChannel: Endpoint<CreateChannelInput, ChannelSnapshot> = {
  method: "POST",
  path: "/v1/channels",
  sends: "json",
};

/**
 * Get a channel.
 *
 * `GET /v1/channels/:channelId`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getChannel: Endpoint<GetChannelInput, ChannelSnapshot> = {
  method: "GET",
  path: "/v1/channels/:channelId",
  idempotent: true,
};

/**
 * List the channels that you are a member of (`joined`) or all public channels (`public`), sorted by name.
 *
 * `GET /v1/channels`
 *
 * @throws ParleyError `validation_failed`
 */
export const getChannels: Endpoint<GetChannelsInput, Page<ChannelSnapshot>> = {
  method: "GET",
  path: "/v1/channels",
  idempotent: true,
  pages: "cursor",
};

/**
 * Open the direct or group message with these users. The same users always get the same channel.
 *
 * `POST /v1/dms`
 *
 * @throws ParleyError `conflict`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const openDirectMessage: Endpoint<OpenDirectMessageInput, ChannelSnapshot> = {
  method: "POST",
  path: "/v1/dms",
  sends: "json",
  idempotent: true,
};

/**
 * Restore an archived channel. A public channel can be restored only while its name is available.
 *
 * `POST /v1/channels/:channelId/unarchive`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const unarchiveChannel: Endpoint<UnarchiveChannelInput, ChannelSnapshot> = {
  method: "POST",
  path: "/v1/channels/:channelId/unarchive",
};

/**
 * Update a channel.
 *
 * `PATCH /v1/channels/:channelId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateChannel: Endpoint<UpdateChannelInput, ChannelSnapshot> = {
  method: "PATCH",
  path: "/v1/channels/:channelId",
  sends: "json",
};
