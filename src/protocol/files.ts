import { z } from "zod";
import { FileId, label, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

export const FileRef = z
  .object({
    id: FileId,
    name: z.string(),
    type: z.string().meta({ description: "What its bytes say, not what its sender said." }),
    charset: z.string().optional().meta({
      description: "Of a text whose encoding is known: UTF-8, by its byte order mark, or as its sender said.",
    }),
    sizeBytes: z.int(),
    sha256: z.string().meta({ description: "Of its bytes, in hexadecimal." }),
    width: z.int().optional().meta({ description: "Of a picture, in pixels." }),
    height: z.int().optional(),
    uploaderId: UserId,
    createdAt: Timestamp,
  })
  .meta({ id: "File" });
export type FileRef = z.infer<typeof FileRef>;

/** For people; it is no part of a key or a path. */
export const FileName = label(1, limits.fileNameLength)
  .refine((name) => !/[/\\]/.test(name), "May not contain a path")
  .refine((name) => name !== "." && name !== "..", "Wants a name");

export const Sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "Wants a SHA-256 in hexadecimal")
  .transform((hash) => hash.toLowerCase());

/** A media type, of a text with its encoding. */
const MediaType = z
  .string()
  .max(255)
  .regex(
    /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?charset="?[\w.:-]{2,40}"?)?$/,
    "Wants a media type, with no parameter but `charset`",
  )
  .transform((type) => type.toLowerCase());

export const fileParams = z.object({ fileId: FileId });

export const uploadFile = endpoint({
  method: "post",
  path: "/v1/files",
  tag: "files",
  auth: "user",
  summary:
    "Upload a file: its bytes as the body, or one field `file` of a form. Larger ones in parts, by `POST /v1/files/uploads`",
  query: z.strictObject({
    name: FileName.optional().meta({ description: "Wanted where the body is the bytes themselves." }),
    sha256: Sha256.optional().meta({ description: "Refused unless the bytes have this hash." }),
  }),
  consumes: ["application/octet-stream", "multipart/form-data"],
  status: 201,
  response: FileRef,
  errors: ["length_required", "payload_too_large", "quota_exceeded", "unsupported_media_type"],
});

export const getFileMetadata = endpoint({
  method: "get",
  path: "/v1/files/:fileId",
  tag: "files",
  auth: "user",
  summary: "What a file is, for its uploader and whoever may read the message that carries it",
  params: fileParams,
  status: 200,
  response: FileRef,
  errors: [],
});

export const getFileContent = endpoint({
  method: "get",
  path: "/v1/files/:fileId/content",
  tag: "files",
  auth: "user",
  summary: "The bytes of a file, or one range of them; `HEAD` and `If-None-Match` too",
  params: fileParams,
  status: 200,
  produces: ["application/octet-stream"],
  partial: true,
  errors: ["range_not_satisfiable"],
});

export const deleteFile = endpoint({
  method: "delete",
  path: "/v1/files/:fileId",
  tag: "files",
  auth: "user",
  summary: "Delete your own file; one that a message carries goes with its message",
  params: fileParams,
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const FileUpload = z
  .object({
    id: FileId.meta({ description: "Of the file that it becomes." }),
    name: z.string(),
    sizeBytes: z.int(),
    partSizeBytes: z.int().meta({ description: "Of every part but the last, which has what is left." }),
    partCount: z.int(),
    received: z.array(z.int()).meta({ description: "Numbers of the parts that are there, from 1." }),
    expiresAt: Timestamp.meta({ description: "Each new part extends it." }),
  })
  .meta({ id: "FileUpload" });
export type FileUpload = z.infer<typeof FileUpload>;

export const createUpload = endpoint({
  method: "post",
  path: "/v1/files/uploads",
  tag: "files",
  auth: "user",
  summary: "Begin to upload a file in parts; each can be sent again after a cut",
  body: z.strictObject({
    name: FileName,
    sizeBytes: z.int().min(1),
    type: MediaType.optional(),
    sha256: Sha256.optional(),
  }),
  status: 201,
  response: FileUpload,
  errors: ["conflict", "payload_too_large", "quota_exceeded"],
});

export const getUpload = endpoint({
  method: "get",
  path: "/v1/files/uploads/:fileId",
  tag: "files",
  auth: "user",
  summary: "Which parts of an upload are there: how to go on after a cut",
  params: fileParams,
  status: 200,
  response: FileUpload,
  errors: [],
});

export const uploadPart = endpoint({
  method: "put",
  path: "/v1/files/uploads/:fileId/parts/:part",
  tag: "files",
  auth: "user",
  summary: "Send one part, whole; sent again it takes the place of the first",
  params: fileParams.extend({
    part: z
      .string()
      .regex(/^[1-9]\d{0,4}$/)
      .transform(Number)
      .meta({ type: "integer", minimum: 1 }),
  }),
  consumes: ["application/octet-stream"],
  status: 204,
  errors: ["length_required", "quota_exceeded"],
});

export const completeUpload = endpoint({
  method: "post",
  path: "/v1/files/uploads/:fileId/complete",
  tag: "files",
  auth: "user",
  summary: "Make the file of its parts, once all are there",
  params: fileParams,
  status: 201,
  repeatStatus: 200,
  response: FileRef,
  errors: ["conflict", "payload_too_large", "quota_exceeded", "unsupported_media_type"],
});

export const cancelUpload = endpoint({
  method: "delete",
  path: "/v1/files/uploads/:fileId",
  tag: "files",
  auth: "user",
  summary: "Throw away an upload that is not complete",
  params: fileParams,
  status: 204,
  errors: [],
});
