// Generated from src/protocol/custom-emoji.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { FileId, Page, PageQuery, Timestamp, UserId } from "./common.ts";

export interface CreateEmojiInput {
  body: CreateEmojiBody;
}

export interface CreateEmojiBody {
  name: EmojiName;
  /** An image that you uploaded. */
  fileId?: FileId;
  /** A custom emoji with its own image. */
  aliasOf?: EmojiName;
}

/** The name of a custom emoji, without colons. */
export type EmojiName = string;

/** An image of the workspace, written as `:name:`. */
export interface CustomEmoji {
  name: EmojiName;
  /** The emoji whose image this name shows; null for an emoji with its own image. */
  aliasOf: EmojiName | null;
  /** The path of the image on this server. */
  imageUrl: string;
  type: string;
  sizeBytes: number;
  width: number;
  height: number;
  /** Null for guests. */
  createdBy: UserId | null;
  createdAt: Timestamp;
}

export interface DeleteEmojiInput {
  params: {
    name: EmojiName;
  };
}

export interface GetCustomEmojiInput {
  query?: PageQuery;
}

export interface GetEmojiImageInput {
  params: {
    name: EmojiName;
  };
}

/**
 * Create a custom emoji, from an uploaded PNG, GIF, WebP or JPEG of at most 256 KiB, or as another name of an
 * existing one. The emoji gets a copy of the file, which is deleted then.
 *
 * `POST /v1/emoji`
 *
 * An image of the workspace, written as `:name:`.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const createEmoji: Endpoint<CreateEmojiInput, CustomEmoji> = {
  method: "POST",
  path: "/v1/emoji",
  sends: "json",
  idempotent: true,
};

/**
 * Delete a custom emoji and its aliases: its creator, and the workspace's owner and admins. Existing reactions
 * stay.
 *
 * `DELETE /v1/emoji/:name`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteEmoji: Endpoint<DeleteEmojiInput, undefined> = {
  method: "DELETE",
  path: "/v1/emoji/:name",
  answers: "nothing",
  idempotent: true,
};

/**
 * List the custom emoji of the workspace by name. Supports `If-None-Match`.
 *
 * `GET /v1/emoji`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getCustomEmoji: Endpoint<GetCustomEmojiInput, Page<CustomEmoji>> = {
  method: "GET",
  path: "/v1/emoji",
  idempotent: true,
  pages: "cursor",
};

/**
 * Download the image of a custom emoji. Supports `HEAD` and `If-None-Match`.
 *
 * `GET /v1/emoji/:name/image`
 *
 * @throws ParleyError `forbidden`, `not_found`, `range_not_satisfiable`, `validation_failed`
 */
export const getEmojiImage: Endpoint<GetEmojiImageInput, Response> = {
  method: "GET",
  path: "/v1/emoji/:name/image",
  answers: "response",
  idempotent: true,
};
