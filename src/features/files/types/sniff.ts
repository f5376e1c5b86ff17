import { fileTypeFromBuffer } from "file-type";
import { compoundFile, directorySector, isCompound, directoryType } from "./compound-file.ts";
import { type DeclaredType, declaredText, type Head, isUtf8, utf16Charset } from "./text-encoding.ts";
import { kindOf } from "./decide-type.ts";

/** Enough of a file for its type, and for the size of most pictures. */
export const headBytes = 128 * 1024;

/** What the first bytes of a file say. `unknown`: nothing that is known here. */
export type SniffResult =
  | { is: "text"; charset: string | undefined }
  | { is: "unknown" }
  | { is: "type"; type: string };

/**
 * What the first bytes of a file say. The claim counts for texts that are not Unicode, and for sound that begins with padding. Never throws
 * but for an installer (`unsupported_media_type`).
 */
export async function sniff(first: Head, claim: DeclaredType): Promise<SniffResult> {
  const { head } = first;
  if (isUtf8(first)) return sniffText(head, claim);
  if (isCompound(head)) return { is: "type", type: compoundType(head) };
  const type = magicType(head) ?? (await libraryType(head));
  // Before what is guessed by the same two bytes.
  const utf16 = utf16Charset(first);
  if (utf16 !== undefined) return { is: "text", charset: utf16 };
  if (type !== undefined) return { is: "type", type };
  if (claim.type?.startsWith("audio/") && head[0] === 0) {
    const padded = await libraryType(head.subarray(head.findIndex((byte) => byte !== 0)));
    if (padded === "audio/mpeg" || padded === "audio/aac") return { is: "type", type: padded };
  }
  const text = declaredText(first, claim);
  return text ? { is: "text", ...text } : { is: "unknown" };
}

/**
 * Formats that are written in plain text, and are more to a reader than text. All other text is text, whatever it begins with: many
 * texts begin like a picture ("BMW", "MAC address"), and no picture, sound or film is text.
 */
function sniffText(head: Uint8Array, { charset }: DeclaredType): SniffResult {
  if (startsWith(head, "%PDF-")) return { is: "type", type: "application/pdf" };
  if (startsWith(head, "{\\rtf")) return { is: "type", type: "application/rtf" };
  // Seven bits of ISO-2022-JP are ASCII and escapes.
  const isShifted = charset === "iso-2022-jp" && head.includes(0x1b);
  return { is: "text", charset: isShifted ? charset : "utf-8" };
}

function compoundType(head: Uint8Array): string {
  const place = directorySector(head);
  const sector = place && head.subarray(place.offset, place.offset + place.length);
  return (sector && directoryType(sector)) ?? compoundFile;
}

const startsWith = (head: Uint8Array, text: string, at = 0): boolean => {
  for (let index = 0; index < text.length; index++)
    if (head[at + index] !== text.charCodeAt(index)) return false;
  return true;
};

/** Marks that the library does not know, or looks at more closely than is good: it would unpack what is gzipped. */
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
/** Containers whose form stands behind their length. */
const riffs = ["RIFF", "RF64", "BW64"];

function magicType(head: Uint8Array): string | undefined {
  const found = magics.find(([mark, type, at = 0]) =>
    type === "audio/wav"
      ? startsWith(head, mark, at) && riffs.some((riff) => startsWith(head, riff))
      : startsWith(head, mark, at),
  );
  return found?.[1];
}

/** For files of which the library wants to read more than the head: a directory at the end, a cover or a profile in front. */
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
  // A plain ZIP may hold what the library takes for a program's.
  "application/java-archive": "application/zip",
  "application/vnd.android.package-archive": "application/zip",
  "application/x-xpinstall": "application/zip",
};

/** Texts in an encoding that is not UTF-8, and guesses by two bytes: nothing that the bytes say for certain. */
const unreliableTypes = /^(?:text\/|application\/(?:xml|x-apple-diskimage)$|model\/stl$)/;

async function libraryType(head: Uint8Array): Promise<string | undefined> {
  const found = (await byLibrary(head)) ?? fallbackMagics.find(([mark]) => startsWith(head, mark))?.[1];
  const isZip =
    startsWith(head, "PK\u0003\u0004") ||
    startsWith(head, "PK\u0005\u0006") ||
    startsWith(head, "PK\u0007\u0008");
  // A ZIP may call itself whatever it likes, and is no picture for that.
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
