/** A text, and its encoding by the label of the Encoding Standard; undefined: it is none that is known. */
export interface TextFound {
  charset: string | undefined;
}

export interface Head {
  head: Uint8Array;
  /** The head is all of the file. */
  whole: boolean;
}

/** What the sender says of the bytes: a media type in lower case, and an encoding as the Encoding Standard calls it. */
export interface DeclaredType {
  type?: string | undefined;
  charset?: string | undefined;
}

/** Bytes that the MIME Sniffing Standard calls binary. */
const isBinary = (code: number): boolean =>
  code <= 0x08 || code === 0x0b || (code >= 0x0e && code <= 0x1a) || (code >= 0x1c && code <= 0x1f);

/** Encodings that a text may be kept in; the others of the standard only mark bytes that are not decoded. */
const undecodable = new Set(["replacement", "x-user-defined"]);

/** The encoding that a label means (`sjis`, `latin1`, `gb2312`); undefined where it means none. */
export function parseCharset(label: string | undefined): string | undefined {
  if (label === undefined || label.length > 40) return undefined;
  try {
    const { encoding } = new TextDecoder(label);
    return undecodable.has(encoding) ? undefined : encoding;
  } catch {
    return undefined;
  }
}

/** UTF-8 without binary characters. */
export const isUtf8 = (first: Head): boolean =>
  !first.head.some((byte) => byte < 0x20 && isBinary(byte)) && decodes(first, "utf-8");

/** UTF-16 with a byte order mark; a mark alone proves nothing, since sound may begin with the same bytes. */
export function utf16Charset(first: Head): string | undefined {
  const [one, two] = first.head;
  const charset =
    one === 0xff && two === 0xfe ? "utf-16le" : one === 0xfe && two === 0xff ? "utf-16be" : undefined;
  return charset !== undefined && first.head.length > 2 && decodes(first, charset) ? charset : undefined;
}

/**
 * A text in another encoding. Bytes alone do not tell it, so it takes a sender who claims text, and bytes that the claimed encoding,
 * or else any of one byte a character, can be.
 */
export function declaredText(first: Head, { type, charset }: DeclaredType): TextFound | undefined {
  if (charset !== undefined && decodes(first, charset)) return { charset };
  const isText = type !== undefined && textTypes.test(type);
  return isText && !first.head.some(isBinary) ? { charset: undefined } : undefined;
}

const textTypes =
  /^(?:text\/|application\/(?:json|xml|javascript|sql|x-sh|x-yaml|x-subrip|x-tex)$|image\/svg\+xml$)/;

/** Whether the bytes are characters of this encoding, none of them binary. */
function decodes({ head, whole }: Head, charset: string): boolean {
  try {
    const text = new TextDecoder(charset, { fatal: true, ignoreBOM: false }).decode(head, { stream: !whole });
    for (let at = 0; at < text.length; at++) if (isBinary(text.charCodeAt(at))) return false;
    return true;
  } catch {
    return false;
  }
}
