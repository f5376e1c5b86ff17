import { fileTypeFromBuffer } from "file-type";
import type { Found } from "./type-rule.ts";

/** Enough of a file for its type, and for the size of a picture with much written in front of it. */
export const headBytes = 128 * 1024;

/** What a file's first bytes say. `whole`: they are all of it. Never throws, whatever they are. */
export async function sniff(head: Uint8Array, whole: boolean): Promise<Found> {
  if (isText(head, whole)) return textual(head);
  const marked = marks.find(({ mark }) => mark.every((byte, index) => head[index] === byte));
  const type =
    marked?.type ??
    (await known(head)) ??
    (startsWith(head, "PK\u0003\u0004") ? "application/zip" : undefined);
  return type === undefined ? { is: "unknown" } : { is: "type", type };
}

/** Formats that are written in plain text, and are more to a reader than text. */
function textual(head: Uint8Array): Found {
  if (startsWith(head, "%PDF-")) return { is: "type", type: "application/pdf" };
  if (startsWith(head, "{\\rtf")) return { is: "type", type: "application/rtf" };
  return { is: "text" };
}

/**
 * UTF-8 without the bytes that the MIME Sniffing Standard calls binary. It comes first: no picture, sound or film is text, while
 * many texts begin like one ("BMW", "MAC address").
 */
export function isText(head: Uint8Array, whole: boolean): boolean {
  if (head.some((byte) => byte < 0x20 && isBinary(byte))) return false;
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

const isBinary = (byte: number): boolean =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || byte >= 0x1c;

const startsWith = (head: Uint8Array, text: string): boolean =>
  [...text].every((char, index) => head[index] === char.charCodeAt(0));

const bytesOf = (hex: string): number[] => [...Buffer.from(hex, "hex")];

/** Marks that the library does not know, or looks at more closely than is good: it would unpack what is gzipped. */
const marks = [
  { mark: bytesOf("1f8b"), type: "application/gzip" },
  { mark: bytesOf("cafebabe"), type: "application/java-vm" },
  { mark: bytesOf("6465780a"), type: "application/vnd.android.dex" },
  { mark: bytesOf("6465790a"), type: "application/vnd.android.dex" },
  { mark: bytesOf("78617221"), type: "application/x-xar" },
  { mark: bytesOf("4243c0de"), type: "application/x-llvm-bitcode" },
  { mark: bytesOf("dec01700"), type: "application/x-llvm-bitcode" },
  { mark: bytesOf("1b4c7561"), type: "application/x-lua-bytecode" },
];

const names: Readonly<Record<string, string>> = {
  "image/apng": "image/png",
  "audio/ogg; codecs=opus": "audio/ogg",
  "audio/x-m4a": "audio/mp4",
  "video/x-m4v": "video/mp4",
};

/** Texts in an encoding that is not UTF-8, and guesses by two bytes: nothing that the bytes say for certain. */
const uncertain = /^(text\/|application\/(xml|x-apple-diskimage)$|model\/stl$)/;

async function known(head: Uint8Array): Promise<string | undefined> {
  try {
    const type = (await fileTypeFromBuffer(head))?.mime.toLowerCase();
    return type === undefined || uncertain.test(type) ? undefined : (names[type] ?? type);
  } catch {
    return undefined;
  }
}
