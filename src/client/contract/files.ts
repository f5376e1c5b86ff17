// Generated from src/protocol/files.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { FileId, Timestamp, UserId } from "./common.ts";

export interface FileRef {
  id: FileId;
  name: string;
  /** What its bytes say, not what its sender said. */
  type: string;
  /** Of a text whose encoding is known: UTF-8, by its byte order mark, or as its sender said. */
  charset?: string;
  sizeBytes: number;
  /** Of its bytes, in hexadecimal. */
  sha256: string;
  /** Of a picture, in pixels. */
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
  /** Of the file that it becomes. */
  id: FileId;
  name: string;
  sizeBytes: number;
  /** Of every part but the last, which has what is left. */
  partSizeBytes: number;
  partCount: number;
  /** Numbers of the parts that are there, from 1. */
  received: number[];
  /** Each new part extends it. */
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
  /** The bytes; a `Blob` with a type says what they are. */
  bytes: Blob;
}

export interface UploadFileQuery {
  /** Wanted where the body is the bytes themselves. 1 to 255 characters. */
  name?: string;
  /** Refused unless the bytes have this hash. */
  sha256?: string;
}

export interface UploadPartInput {
  params: {
    fileId: FileId;
    part: number;
  };
  /** The bytes; a `Blob` with a type says what they are. */
  bytes: Blob;
}

/**
 * Throw away an upload that is not complete.
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
 * Make the file of its parts, once all are there.
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
 * Begin to upload a file in parts; each can be sent again after a cut.
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
 * Delete your own file; one that a message carries goes with its message.
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
 * The bytes of a file, or one range of them; `HEAD` and `If-None-Match` too.
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
 * What a file is, for its uploader and whoever may read the message that carries it.
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
 * Which parts of an upload are there: how to go on after a cut.
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
 * Upload a file: its bytes as the body, or one field `file` of a form. Larger ones in parts, by `POST
 * /v1/files/uploads`.
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
 * Send one part, whole; sent again it takes the place of the first.
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
