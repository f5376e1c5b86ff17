import type { Config } from "../../../config.ts";
import { reject } from "../../../errors/app-error.ts";
import { compoundFile, directorySector, directoryType } from "./compound-file.ts";
import { JpegFrame } from "./jpeg-frame.ts";
import { jpegSize, type PictureSize, pictureSize } from "./picture-size.ts";
import { sniff } from "./sniff.ts";
import type { DeclaredType, Head } from "./text-encoding.ts";
import { decideType } from "./decide-type.ts";

type Rules = Pick<Config, "FILE_TYPES" | "FILE_MAX_PIXELS">;

/** What a file is. */
export interface FileKind {
  type: string;
  /** Of a text, as far as it is known. */
  charset?: string | undefined;
  /** Of a picture that could be measured. */
  size?: PictureSize | undefined;
}

/** A file whose first bytes are known. The rest of it may tell more, or that it is not accepted. */
export interface TypedFile {
  /** Looks at the whole file, from its first byte on, chunk by chunk. Throws as `typeOf` does. */
  inspect: (chunk: Uint8Array) => void;
  /** What is known so far. */
  kind: () => FileKind;
}

/**
 * The type of a file by its bytes, of a text its encoding, and of a picture its size.
 *
 * @throws `unsupported_media_type`: the claim is a lie, it is a program, or files of the type are not accepted; `payload_too_large`: a picture
 * of too many pixels.
 */
export async function detectType(first: Head, claim: DeclaredType, rules: Rules): Promise<TypedFile> {
  const { head } = first;
  const found = await sniff(first, claim);
  const type = decideType(found, claim.type);
  const { FILE_TYPES, FILE_MAX_PIXELS } = rules;
  if (!isAccepted(type, FILE_TYPES))
    reject("unsupported_media_type", `Files of the type ${type} are not accepted`);
  const bounded = (size: PictureSize | undefined): PictureSize | undefined => {
    if (size && size.width * size.height > FILE_MAX_PIXELS)
      reject("payload_too_large", `A picture has at most ${FILE_MAX_PIXELS} pixels`);
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

/** Its frame may lie behind a profile of megabytes. */
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

/** Its directory may lie anywhere. */
function compound(head: Uint8Array): TypedFile {
  const place = directorySector(head);
  let type = compoundFile;
  if (!place) return { inspect: () => {}, kind: () => ({ type }) };
  const sector = new Uint8Array(place.length);
  let at = 0;
  let isRead = false;
  const see = (chunk: Uint8Array): void => {
    const from = Math.max(at, place.offset);
    const to = Math.min(at + chunk.length, place.offset + place.length);
    if (from < to) sector.set(chunk.subarray(from - at, to - at), from - place.offset);
    at += chunk.length;
    if (isRead || at < place.offset + place.length) return;
    isRead = true;
    type = directoryType(sector) ?? type;
  };
  return { inspect: see, kind: () => ({ type }) };
}
