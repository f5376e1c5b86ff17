import type { FileRef } from "../protocol/index.ts";

/** A file counts as this many bytes or more, since it takes rows however small it is. */
const minChargedBytes = 4_096;

/** What a file of this size counts against quotas. */
export const chargedBytes = (sizeBytes: number): number => Math.max(sizeBytes, minChargedBytes);

/** Asks the uploader's hub for room before the first byte is stored. */
export interface Reservation {
  fileId: string;
  /** Where the bytes will be in R2: random. */
  key: string;
  /** Of the whole file. An upload in parts is charged for the parts that arrived. */
  sizeBytes: number;
  /** Of an upload in parts. */
  parts?: PartsPlan;
}

/** An upload in parts, as it was begun. */
export interface PartsPlan {
  name: string;
  /** What its sender says it is; null where they say nothing. */
  type: string | null;
  sha256: string | null;
  /** R2's own name for it. */
  r2UploadId: string;
  partSizeBytes: number;
}

type Sizes = Pick<PartsPlan, "partSizeBytes"> & { sizeBytes: number };

export const partCount = ({ sizeBytes, partSizeBytes }: Sizes): number =>
  Math.ceil(sizeBytes / partSizeBytes);

/** Every part is as large as the first; the last is what is left. */
export const sizeOfPart = ({ sizeBytes, partSizeBytes }: Sizes, part: number): number =>
  Math.min(partSizeBytes, sizeBytes - (part - 1) * partSizeBytes);

/** A part that R2 has. */
export interface StoredPart {
  part: number;
  etag: string;
}

/** One attempt to give files to a message of this channel. Attempts of one send, with one nonce, share the `key`. */
export interface FileClaim {
  key: string;
  channelId: string;
}

/** Files that a message may carry if it is committed before `untilMs`; a later one must claim anew. */
export interface ClaimedFiles {
  files: FileRef[];
  untilMs: number;
}

/** Who reads a file besides its uploader: nobody yet, everybody, or whoever may read the message in that channel. */
export type FileVisibility = { kind: "own" } | { kind: "avatar" } | { kind: "message"; channelId: string };

/** What a room knows of a file: the message that carries it, or that did and was deleted. */
export interface AttachedFile {
  fileId: string;
  messageId: string;
  deleted: boolean;
}

const pictures = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Whether files of this type are raster pictures that every browser shows. */
export const isPicture = (type: string): boolean => pictures.has(type);
