import { type FileRef, limits } from "../protocol/index.ts";

/** A file is charged at least this many bytes, because even a small one takes several rows. */
const minChargedBytes = 4_096;

/** Returns how many bytes a file of this size is charged against quotas. */
export const chargedBytes = (sizeBytes: number): number => Math.max(sizeBytes, minChargedBytes);

/** Reserves space in the uploader's hub before the first byte is stored. */
export interface Reservation {
  fileId: string;
  /** The random key of the object in R2. */
  key: string;
  /** The size of the whole file. An upload in parts is charged for the parts that have arrived. */
  sizeBytes: number;
  /** Set for an upload in parts. */
  parts?: PartsPlan;
}

/** What the client announced when it began an upload in parts. */
export interface PartsPlan {
  name: string;
  /** The media type that the client announced; null without one. */
  type: string | null;
  sha256: string | null;
  /** The id of the multipart upload in R2. */
  r2UploadId: string;
  partSizeBytes: number;
}

type Sizes = Pick<PartsPlan, "partSizeBytes"> & { sizeBytes: number };

/** Returns the number of parts of a file. */
export const partCount = ({ sizeBytes, partSizeBytes }: Sizes): number =>
  Math.ceil(sizeBytes / partSizeBytes);

/** Returns the size of a part, numbered from 1. All parts have the same size but the last, which has the remainder. */
export const sizeOfPart = ({ sizeBytes, partSizeBytes }: Sizes, part: number): number =>
  Math.min(partSizeBytes, sizeBytes - (part - 1) * partSizeBytes);

/** A part that is stored in R2. */
export interface StoredPart {
  part: number;
  etag: string;
}

/** A claim on files for a message of a channel. Repeated attempts to send one message, with one nonce, share the `key`. */
export interface FileClaim {
  key: string;
  channelId: string;
}

/** Files that a message may carry if it is committed before `untilMs`, in ms since 1970. After that the files have to be claimed again. */
export interface ClaimedFiles {
  files: FileRef[];
  untilMs: number;
}

/** Who may read a file besides its uploader: no other user, every user, or the users who may read the channel of its message. */
export type FileVisibility = { kind: "own" } | { kind: "avatar" } | { kind: "message"; channelId: string };

/** The message that carries a file, or that carried it until it was `deleted`. */
export interface AttachedFile {
  fileId: string;
  messageId: string;
  deleted: boolean;
}

const pictures = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Returns whether a media type is a raster image that all browsers display. */
const isPicture = (type: string): boolean => pictures.has(type);

/**
 * Returns why a file can't be an avatar; undefined if it can. Everyone who sees the user loads and decodes it, so that its size is limited. A small
 * file whose dimensions are not known is accepted.
 */
export function avatarProblem({
  type,
  sizeBytes,
  width,
  height,
}: Pick<FileRef, "type" | "sizeBytes"> & {
  width?: number | null | undefined;
  height?: number | null | undefined;
}): string | undefined {
  const { avatarBytes, avatarPixels, avatarBytesUnmeasured } = limits;
  if (!isPicture(type)) return "Must be a PNG, JPEG, GIF, WebP or AVIF picture";
  if (sizeBytes > avatarBytes) return `Must have at most ${avatarBytes} bytes`;
  if (!width || !height)
    return sizeBytes > avatarBytesUnmeasured ? "Must be a picture whose dimensions can be read" : undefined;
  return width * height > avatarPixels ? `Must have at most ${avatarPixels} pixels` : undefined;
}
