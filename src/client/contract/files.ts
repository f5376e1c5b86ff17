// Generated from src/protocol/files.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { FileId, Timestamp, UserId } from "./common.ts";

export interface FileRef {
  id: FileId;
  name: string;
  /** The media type detected from the bytes, not the one that the uploader declared. */
  type: string;
  /** The encoding of a text file, if it is known: UTF-8, as its byte order mark says, or as the uploader declared. */
  charset?: string;
  sizeBytes: number;
  /** The SHA-256 hash of the bytes, in hexadecimal. */
  sha256: string;
  /** The width of an image, in pixels. */
  width?: number;
  height?: number;
  uploaderId: UserId;
  createdAt: Timestamp;
}

export interface CancelUploadInput {
  params: {
    fileId: FileId;
  };
}

export interface CompleteUploadInput {
  params: {
    fileId: FileId;
  };
}

export interface CreateUploadInput {
  body: CreateUploadBody;
}

export interface CreateUploadBody {
  /** 1 to 255 characters. */
  name: string;
  sizeBytes: number;
  type?: string;
  sha256?: string;
}

export interface FileUpload {
  /** The id that the completed file will have. */
  id: FileId;
  name: string;
  sizeBytes: number;
  /** The size of each part in bytes. The last part has the remaining bytes. */
  partSizeBytes: number;
  partCount: number;
  /** The numbers of the parts that were received, starting at 1. */
  received: number[];
  /** When the upload expires. Each new part extends it. */
  expiresAt: Timestamp;
}

export interface DeleteFileInput {
  params: {
    fileId: FileId;
  };
}

export interface GetFileContentInput {
  params: {
    fileId: FileId;
  };
}

export interface GetFileMetadataInput {
  params: {
    fileId: FileId;
  };
}

export interface GetUploadInput {
  params: {
    fileId: FileId;
  };
}

export interface UploadFileInput {
  query?: UploadFileQuery;
  /** The bytes; the type of the `Blob`, if it has one, is sent as their media type. */
  bytes: Blob;
}

export interface UploadFileQuery {
  /** Required when the body is the raw bytes. 1 to 255 characters. */
  name?: string;
  /** The upload is rejected if the bytes have another hash. */
  sha256?: string;
}

export interface UploadPartInput {
  params: {
    fileId: FileId;
    part: number;
  };
  /** The bytes; the type of the `Blob`, if it has one, is sent as their media type. */
  bytes: Blob;
}

/**
 * Cancel an incomplete upload.
 *
 * `DELETE /v1/files/uploads/:fileId`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const cancelUpload: Endpoint<CancelUploadInput, undefined> = {
  method: "DELETE",
  path: "/v1/files/uploads/:fileId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Assemble the file after all parts were uploaded.
 *
 * `POST /v1/files/uploads/:fileId/complete`
 *
 * @throws ParleyError `conflict`, `not_found`, `payload_too_large`, `quota_exceeded`, `unsupported_media_type`,
 * `validation_failed`
 */
export const completeUpload: Endpoint<CompleteUploadInput, FileRef> = {
  method: "POST",
  path: "/v1/files/uploads/:fileId/complete",
  idempotent: true,
};

/**
 * Start an upload in parts. Each part can be sent again after a connection failure.
 *
 * `POST /v1/files/uploads`
 *
 * @throws ParleyError `conflict`, `payload_too_large`, `quota_exceeded`, `request_timeout`, `validation_failed`
 */
export const createUpload: Endpoint<CreateUploadInput, FileUpload> = {
  method: "POST",
  path: "/v1/files/uploads",
  sends: "json",
};

/**
 * Delete a file of yours that is not attached to a message. Attached files are deleted with their message.
 *
 * `DELETE /v1/files/:fileId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const deleteFile: Endpoint<DeleteFileInput, undefined> = {
  method: "DELETE",
  path: "/v1/files/:fileId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Download a file or a range of it. Supports `HEAD` and `If-None-Match`.
 *
 * `GET /v1/files/:fileId/content`
 *
 * @throws ParleyError `not_found`, `range_not_satisfiable`, `validation_failed`
 */
export const getFileContent: Endpoint<GetFileContentInput, Response> = {
  method: "GET",
  path: "/v1/files/:fileId/content",
  answers: "response",
  idempotent: true,
};

/**
 * Get the metadata of a file. For its uploader, and for users who may read the message that it is attached to.
 *
 * `GET /v1/files/:fileId`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getFileMetadata: Endpoint<GetFileMetadataInput, FileRef> = {
  method: "GET",
  path: "/v1/files/:fileId",
  idempotent: true,
};

/**
 * Get the state of an upload, to resume it after a connection failure.
 *
 * `GET /v1/files/uploads/:fileId`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getUpload: Endpoint<GetUploadInput, FileUpload> = {
  method: "GET",
  path: "/v1/files/uploads/:fileId",
  idempotent: true,
};

/**
 * Upload a file, either as the raw body or as the field `file` of a form. Upload larger files in parts with
 * `POST /v1/files/uploads`.
 *
 * `POST /v1/files`
 *
 * @throws ParleyError `length_required`, `payload_too_large`, `quota_exceeded`, `request_timeout`,
 * `unsupported_media_type`, `validation_failed`
 */
export const uploadFile: Endpoint<UploadFileInput, FileRef> = {
  method: "POST",
  path: "/v1/files",
  sends: "bytes",
};

/**
 * Upload one complete part. Sending a part again replaces it.
 *
 * `PUT /v1/files/uploads/:fileId/parts/:part`
 *
 * @throws ParleyError `length_required`, `not_found`, `quota_exceeded`, `request_timeout`, `validation_failed`
 */
export const uploadPart: Endpoint<UploadPartInput, undefined> = {
  method: "PUT",
  path: "/v1/files/uploads/:fileId/parts/:part",
  sends: "bytes",
  answers: "nothing",
  idempotent: true,
};
