// Generated from src/protocol/previews.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";

export interface GetPreviewInput {
  query: GetPreviewQuery;
}

export interface GetPreviewQuery {
  /** The address of the page or image. */
  url: string;
}

export interface GetPreviewResponse {
  preview: LinkPreview | null;
}

/** What a page says about itself. The texts are plain text from any website: show them as text. */
export interface LinkPreview {
  /** The address of the page, after redirects. */
  url: string;
  title: string | null;
  description: string | null;
  siteName: string | null;
  /** The path of the image on this server, which needs no token and is valid for at least a day. */
  imageUrl: string | null;
}

export interface GetPreviewImageInput {
  query: GetPreviewImageQuery;
}

export interface GetPreviewImageQuery {
  /** The address of the page or image. */
  url: string;
  /** Until when the address is valid, in seconds since 1970. */
  expires: string;
  /** The signature. */
  mac: string;
}

/**
 * Get the title, description and image of a web page by its OpenGraph data. `preview` is null where there is
 * none, for whatever reason.
 *
 * `GET /v1/previews`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getPreview: Endpoint<GetPreviewInput, GetPreviewResponse> = {
  method: "GET",
  path: "/v1/previews",
  idempotent: true,
};

/**
 * Download the image of a preview. The address is signed; it comes from `imageUrl`.
 *
 * `GET /v1/previews/image`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getPreviewImage: Endpoint<GetPreviewImageInput, Response> = {
  method: "GET",
  path: "/v1/previews/image",
  isPublic: true,
  answers: "response",
  idempotent: true,
};
