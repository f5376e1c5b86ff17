import type { Config } from "../../../config.ts";
import { reject } from "../../../errors/app-error.ts";
import { compoundFile, directorySector, directoryType } from "./compound-file.ts";
import { JpegFrame } from "./jpeg-frame.ts";
import { jpegSize, type PictureSize, pictureSize } from "./picture-size.ts";
import { sniff } from "./sniff.ts";
import type { DeclaredType, Head } from "./text-encoding.ts";
import { decideType } from "./decide-type.ts";

type Rules = Pick<Config, "FILE_TYPES" | "FILE_MAX_PIXELS">;

/** The detected type of a file. */
export interface FileKind {
  type: string;
  /** Of a text whose encoding is known. */
  charset?: string | undefined;
  /** Of a picture whose header contains it. */
  size?: PictureSize | undefined;
}

/** A file whose first bytes were inspected. The rest may reveal more about it, or that it is not accepted. */
export interface TypedFile {
  /** Inspects the next chunk; must be called with all chunks of the file, from its first byte on. Throws as `detectType` does. */
  inspect: (chunk: Uint8Array) => void;
  /** Returns the type as far as it is known; complete after the last chunk. */
  kind: () => FileKind;
}

/**
 * Detects the type of a file from its bytes, the encoding of a text, and the size of a picture.
 *
 * @throws `unsupported_media_type` if the bytes contradict the declared type, for a program, and for types outside `FILE_TYPES`;
 * `payload_too_large` for a picture with more than `FILE_MAX_PIXELS`
 */
export async function detectType(first: Head, declared: DeclaredType, rules: Rules): Promise<TypedFile> {
  const { head } = first;
  const found = await sniff(first, declared);
  const type = decideType(found, declared.type);
  const { FILE_TYPES, FILE_MAX_PIXELS } = rules;
  if (!isAccepted(type, FILE_TYPES))
    reject("unsupported_media_type", `Files of the type ${type} are not accepted`);
  const bounded = (size: PictureSize | undefined): PictureSize | undefined => {
    if (size && size.width * size.height > FILE_MAX_PIXELS)
      reject("payload_too_large", `A picture can have at most ${FILE_MAX_PIXELS} pixels`);
    return size;
  };
  const charset = found.is === "text" && type.startsWith("text/") ? found.charset : undefined;
  if (type === "image/jpeg") return jpeg(head, bounded);
  if (type === compoundFile) return compound(head);
  const kind = {
    type,
    charset,
    size: type.startsWith("image/") ? bounded(pictureSize(head, type)) : undefined,
  };
  return { inspect: () => {}, kind: () => kind };
}

const isAccepted = (type: string, patterns: readonly string[]): boolean =>
  patterns.some(
    (pattern) =>
      pattern === "*/*" || (pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern),
  );

/** Inspects a JPEG to its frame header, which may follow a colour profile of several megabytes. */
function jpeg(
  head: Uint8Array,
  bounded: (size: PictureSize | undefined) => PictureSize | undefined,
): TypedFile {
  const inHead = new JpegFrame();
  inHead.inspect(head);
  let size = bounded(inHead.size && jpegSize(head, inHead.size));
  const frame = new JpegFrame();
  frame.done = inHead.done;
  const see = (chunk: Uint8Array): void => {
    if (frame.done) return;
    frame.inspect(chunk);
    size = bounded(frame.size && jpegSize(head, frame.size));
  };
  return { inspect: see, kind: () => ({ type: "image/jpeg", size }) };
}

/** Inspects a compound file to its directory, which may be anywhere. */
function compound(head: Uint8Array): TypedFile {
  const range = directorySector(head);
  let type = compoundFile;
  if (!range) return { inspect: () => {}, kind: () => ({ type }) };
  const sector = new Uint8Array(range.length);
  let at = 0;
  let isRead = false;
  const see = (chunk: Uint8Array): void => {
    const from = Math.max(at, range.offset);
    const to = Math.min(at + chunk.length, range.offset + range.length);
    if (from < to) sector.set(chunk.subarray(from - at, to - at), from - range.offset);
    at += chunk.length;
    if (isRead || at < range.offset + range.length) return;
    isRead = true;
    type = directoryType(sector) ?? type;
  };
  return { inspect: see, kind: () => ({ type }) };
}
