import type { AppEnv } from "../../../http/context.ts";
import type { RpcResult } from "../../../rpc/rpc-result.ts";
import type { DeclaredType } from "../types/text-encoding.ts";
import type { TypedFile } from "../types/detect-type.ts";
import type { ByteSource } from "./byte-source.ts";

/** A file that is being uploaded. Each middleware before the handler fills in more of it. */
export interface IncomingFile {
  bytes: ByteSource;
  /** The size of the file; for a file in a form, the largest size that it can have. */
  maxBytes: number;
  /** The size of the file; for a file in a form, its size if the form ends with the usual closing line. */
  expectedBytes: number;
  inForm: boolean;
  /** The name that the client sent; after `fileValidation`, a valid `FileName`. */
  name: string | undefined;
  /** From `Content-Type` of the body, or of the field of the form. */
  declaredType: DeclaredType;
  /** The hash that the client declared, in hexadecimal; the bytes must have it. */
  sha256: string | undefined;
  /** The detected type; set by `fileTypeCheck`. */
  typed: TypedFile | undefined;
}

/** An upload in one request, before its bytes are read. */
export interface PlannedUpload {
  fileId: string;
  /** The random key of the object in R2. */
  key: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Whether the hub reserved space; undefined if it was not asked yet. */
  reserved: RpcResult<null> | undefined;
  /** Whether `uploadFile` has begun. From then on it removes the reservation if the upload fails. */
  hasBegun: boolean;
}

export type UploadEnv = AppEnv & { Variables: { incoming: IncomingFile; planned: PlannedUpload } };
