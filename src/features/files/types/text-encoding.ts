/** A text with its encoding, a label of the Encoding Standard; `undefined` if the encoding is not known. */
export interface TextFound {
  charset: string | undefined;
}

/** The first bytes of a file. */
export interface Head {
  head: Uint8Array;
  /** Whether `head` is the whole file. */
  whole: boolean;
}

/** The type that the client declares: a media type in lower case, and an encoding by its name in the Encoding Standard. */
export interface DeclaredType {
  type?: string | undefined;
  charset?: string | undefined;
}

/** Whether a byte is a "binary data byte" of the MIME Sniffing Standard. */
const isBinary = (code: number): boolean =>
  code <= 0x08 || code === 0x0b || (code >= 0x0e && code <= 0x1a) || (code >= 0x1c && code <= 0x1f);

/** Encodings of the standard that do not decode to text. */
const undecodable = new Set(["replacement", "x-user-defined"]);

/** Returns the encoding with this label (`sjis`, `latin1`, `gb2312`), by the Encoding Standard; undefined for an unknown label. */
export function parseCharset(label: string | undefined): string | undefined {
  if (label === undefined || label.length > 40) return undefined;
  try {
    const { encoding } = new TextDecoder(label);
    return undecodable.has(encoding) ? undefined : encoding;
  } catch {
    return undefined;
  }
}

/** Whether the bytes are valid UTF-8 without binary characters. */
export const isUtf8 = (first: Head): boolean =>
  !first.head.some((byte) => byte < 0x20 && isBinary(byte)) && decodes(first, "utf-8");

/** Recognizes UTF-16 by its byte order mark and valid characters: the mark alone proves nothing, since audio may begin with the same bytes. */
export function utf16Charset(first: Head): string | undefined {
  const [one, two] = first.head;
  const charset =
    one === 0xff && two === 0xfe ? "utf-16le" : one === 0xfe && two === 0xff ? "utf-16be" : undefined;
  return charset !== undefined && first.head.length > 2 && decodes(first, charset) ? charset : undefined;
}

/**
 * Recognizes a text in another encoding. The bytes alone do not prove one, so the client must have declared text, and the bytes must be
 * valid in the declared encoding or, without one, contain no binary characters.
 */
export function declaredText(first: Head, { type, charset }: DeclaredType): TextFound | undefined {
  if (charset !== undefined && decodes(first, charset)) return { charset };
  const isText = type !== undefined && textTypes.test(type);
  return isText && !first.head.some(isBinary) ? { charset: undefined } : undefined;
}

const textTypes =
  /^(?:text\/|application\/(?:json|xml|javascript|sql|x-sh|x-yaml|x-subrip|x-tex)$|image\/svg\+xml$)/;

/** Whether the bytes are valid in this encoding and contain no binary characters. */
function decodes({ head, whole }: Head, charset: string): boolean {
  try {
    const text = new TextDecoder(charset, { fatal: true, ignoreBOM: false }).decode(head, { stream: !whole });
    for (let at = 0; at < text.length; at++) if (isBinary(text.charCodeAt(at))) return false;
    return true;
  } catch {
    return false;
  }
}
