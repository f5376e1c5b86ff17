import { fileTypeFromBuffer } from "file-type";
import { compoundFile, directorySector, isCompound, directoryType } from "./compound-file.ts";
import { type DeclaredType, declaredText, type Head, isUtf8, utf16Charset } from "./text-encoding.ts";
import { kindOf } from "./decide-type.ts";

/** How many bytes determine the type of a file, and the size of most pictures. */
export const headBytes = 128 * 1024;

/** The format that the first bytes of a file show; `unknown` for every format that is not recognized. */
export type SniffResult =
  | { is: "text"; charset: string | undefined }
  | { is: "unknown" }
  | { is: "type"; type: string };

/**
 * Detects the format of a file by its first bytes. The declared type counts only for texts that are not Unicode, and for audio that begins
 * with padding.
 *
 * @throws `unsupported_media_type` for an installer
 */
export async function sniff(first: Head, declared: DeclaredType): Promise<SniffResult> {
  const { head } = first;
  if (isUtf8(first)) return sniffText(head, declared);
  if (isCompound(head)) return { is: "type", type: compoundType(head) };
  const type = magicType(head) ?? (await libraryType(head));
  // Before `type`, which may be a guess from the same two bytes.
  const utf16 = utf16Charset(first);
  if (utf16 !== undefined) return { is: "text", charset: utf16 };
  if (type !== undefined) return { is: "type", type };
  if (declared.type?.startsWith("audio/") && head[0] === 0) {
    const padded = await libraryType(head.subarray(head.findIndex((byte) => byte !== 0)));
    if (padded === "audio/mpeg" || padded === "audio/aac") return { is: "type", type: padded };
  }
  const text = declaredText(first, declared);
  return text ? { is: "text", ...text } : { is: "unknown" };
}

/**
 * Recognizes PDF and RTF, which are written in plain text. Anything else that decodes as text is text: many texts begin like a
 * picture ("BMW", "MAC address"), and no picture, audio or video file is text.
 */
function sniffText(head: Uint8Array, { charset }: DeclaredType): SniffResult {
  if (startsWith(head, "%PDF-")) return { is: "type", type: "application/pdf" };
  if (startsWith(head, "{\\rtf")) return { is: "type", type: "application/rtf" };
  // ISO-2022-JP consists of ASCII characters and escape sequences, so it is valid UTF-8.
  const isShifted = charset === "iso-2022-jp" && head.includes(0x1b);
  return { is: "text", charset: isShifted ? charset : "utf-8" };
}

function compoundType(head: Uint8Array): string {
  const range = directorySector(head);
  const sector = range && head.subarray(range.offset, range.offset + range.length);
  return (sector && directoryType(sector)) ?? compoundFile;
}

const startsWith = (head: Uint8Array, text: string, at = 0): boolean => {
  for (let index = 0; index < text.length; index++)
    if (head[at + index] !== text.charCodeAt(index)) return false;
  return true;
};

/** Signatures that the library does not know, or examines too closely: it would decompress gzip. */
const magics: readonly [mark: string, type: string, at?: number][] = [
  ["\u001f\u008b", "application/gzip"],
  ["\u00ca\u00fe\u00ba\u00be", "application/java-vm"],
  ["dex\n", "application/vnd.android.dex"],
  ["dey\n", "application/vnd.android.dex"],
  ["xar!", "application/x-xar"],
  ["BC\u00c0\u00de", "application/x-llvm-bitcode"],
  ["\u00de\u00c0\u0017\u0000", "application/x-llvm-bitcode"],
  ["\u001bLua", "application/x-lua-bytecode"],
  ["PAR1", "application/vnd.apache.parquet"],
  [".snd", "audio/basic"],
  ["WAVE", "audio/wav", 8],
  ["skip", "video/quicktime", 4],
  ["pnot", "video/quicktime", 4],
];
/** Containers with a length between their signature and the form type. */
const riffs = ["RIFF", "RF64", "BW64"];

function magicType(head: Uint8Array): string | undefined {
  const found = magics.find(([mark, type, at = 0]) =>
    type === "audio/wav"
      ? startsWith(head, mark, at) && riffs.some((riff) => startsWith(head, riff))
      : startsWith(head, mark, at),
  );
  return found?.[1];
}

/** Signatures of files for which the library needs more than the head: a directory at the end, or a cover or profile at the beginning. */
const fallbackMagics: readonly [mark: string, type: string][] = [
  ["\u0089PNG\r\n\u001a\n", "image/png"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["II+\0", "image/tiff"],
  ["MM\0+", "image/tiff"],
  ["ID3", "audio/mpeg"],
  ["\u001aE\u00df\u00a3", "video/matroska"],
  ["0&\u00b2u\u008ef\u00cf\u0011", "application/vnd.ms-asf"],
];

const typeAliases: Readonly<Record<string, string>> = {
  "image/apng": "image/png",
  "audio/ogg; codecs=opus": "audio/ogg",
  "audio/x-m4a": "audio/mp4",
  "video/x-m4v": "video/mp4",
  // The library takes a ZIP for one of these by the name of an entry, which an ordinary ZIP may contain too.
  "application/java-archive": "application/zip",
  "application/vnd.android.package-archive": "application/zip",
  "application/x-xpinstall": "application/zip",
};

/** Types that the library only guesses: texts that are not UTF-8, and types that it recognizes by two bytes. */
const unreliableTypes = /^(?:text\/|application\/(?:xml|x-apple-diskimage)$|model\/stl$)/;

async function libraryType(head: Uint8Array): Promise<string | undefined> {
  const found = (await byLibrary(head)) ?? fallbackMagics.find(([mark]) => startsWith(head, mark))?.[1];
  const isZip =
    startsWith(head, "PK\u0003\u0004") ||
    startsWith(head, "PK\u0005\u0006") ||
    startsWith(head, "PK\u0007\u0008");
  // A ZIP may contain an entry `mimetype` with any value, which does not make it a picture.
  return isZip && (found === undefined || kindOf(found) !== undefined) ? "application/zip" : found;
}

async function byLibrary(head: Uint8Array): Promise<string | undefined> {
  try {
    const type = (await fileTypeFromBuffer(head))?.mime.toLowerCase();
    return type === undefined || unreliableTypes.test(type) ? undefined : (typeAliases[type] ?? type);
  } catch {
    return undefined;
  }
}
