import { z } from "zod";
import { FileId, label, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

export const FileRef = z
  .object({
    id: FileId,
    name: z.string(),
    type: z.string().meta({
      description: "The media type detected from the bytes, not the one that the uploader declared.",
    }),
    charset: z.string().optional().meta({
      description:
        "The encoding of a text file, if it is known: UTF-8, as its byte order mark says, or as the uploader declared.",
    }),
    sizeBytes: z.int(),
    sha256: z.string().meta({ description: "The SHA-256 hash of the bytes, in hexadecimal." }),
    width: z.int().optional().meta({ description: "The width of an image, in pixels." }),
    height: z.int().optional(),
    uploaderId: UserId,
    createdAt: Timestamp,
  })
  .meta({ id: "File" });
export type FileRef = z.infer<typeof FileRef>;

/** A name for display. It is never part of a storage key or a path. */
export const FileName = label(1, limits.fileNameLength)
  .refine((name) => !/[/\\]/.test(name), "Must not contain a path")
  .refine((name) => name !== "." && name !== "..", "Must be a file name");

export const Sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "Must be a SHA-256 hash in hexadecimal")
  .transform((hash) => hash.toLowerCase());

/** A media type, for text optionally with its `charset`. */
const MediaType = z
  .string()
  .max(255)
  .regex(
    /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?charset="?[\w.:-]{2,40}"?)?$/,
    "Must be a media type without parameters other than `charset`",
  )
  .transform((type) => type.toLowerCase());

export const fileParams = z.object({ fileId: FileId });

export const uploadFile = endpoint({
  method: "post",
  path: "/v1/files",
  tag: "files",
  auth: "user",
  scope: "files",
  restricted: true,
  summary:
    "Upload a file, either as the raw body or as the field `file` of a form. Upload larger files in parts with `POST /v1/files/uploads`",
  query: z.strictObject({
    name: FileName.optional().meta({ description: "Required when the body is the raw bytes." }),
    sha256: Sha256.optional().meta({ description: "The upload is rejected if the bytes have another hash." }),
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
  scope: "files",
  restricted: true,
  summary:
    "Get the metadata of a file. For its uploader, and for users who may read the message that it is attached to",
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
  scope: "files",
  restricted: true,
  summary: "Download a file or a range of it. Supports `HEAD` and `If-None-Match`",
  params: fileParams,
  embeddable: true,
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
  scope: "files",
  restricted: true,
  summary:
    "Delete a file of yours that is not attached to a message. Attached files are deleted with their message",
  params: fileParams,
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const FileUpload = z
  .object({
    id: FileId.meta({ description: "The id that the completed file will have." }),
    name: z.string(),
    sizeBytes: z.int(),
    partSizeBytes: z
      .int()
      .meta({ description: "The size of each part in bytes. The last part has the remaining bytes." }),
    partCount: z.int(),
    received: z
      .array(z.int())
      .meta({ description: "The numbers of the parts that were received, starting at 1." }),
    expiresAt: Timestamp.meta({ description: "When the upload expires. Each new part extends it." }),
  })
  .meta({ id: "FileUpload" });
export type FileUpload = z.infer<typeof FileUpload>;

export const createUpload = endpoint({
  method: "post",
  path: "/v1/files/uploads",
  tag: "files",
  auth: "user",
  scope: "files",
  restricted: true,
  summary: "Start an upload in parts. Each part can be sent again after a connection failure",
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
  scope: "files",
  restricted: true,
  summary: "Get the state of an upload, to resume it after a connection failure",
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
  scope: "files",
  restricted: true,
  summary: "Upload one complete part. Sending a part again replaces it",
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
  scope: "files",
  restricted: true,
  summary: "Assemble the file after all parts were uploaded",
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
  scope: "files",
  restricted: true,
  summary: "Cancel an incomplete upload",
  params: fileParams,
  status: 204,
  errors: [],
});
