import { LruMap } from "../lib/lru-map.ts";

/** A folded text, and the mapping of offsets in `folded` to offsets in the source text. All offsets are in UTF-16 code units. */
export interface FoldedText {
  folded: string;
  /** The source offset at which the character that starts at `at` starts. */
  startOf(at: number): number;
  /** The source offset at which the character that ends at `at` ends. */
  endOf(at: number): number;
}

const ascii = /^[\0-\x7f]*$/;
/**
 * Units that are folded independently: ASCII that no mark follows, a run of Hangul jamo, or a character with its marks. The bounds (32)
 * keep matching linear.
 */
const pieces =
  /[\0-\x7f]+(?![\p{M}\uff9e\uff9f])|[\u1100-\u11ff]{1,32}|[^\p{M}][\p{M}\uff9e\uff9f]{0,32}|\p{M}{1,32}/gsu;
/**
 * Characters that folding removes: diacritics, the vowel signs of Arabic and Hebrew, and invisible characters. In other scripts marks are
 * part of the letter (Thai vowels, voicing marks of kana) and stay.
 */
const dropped =
  /[[[\p{Mn}\p{Me}]&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}]]--[\u3099\u309a]]|[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640]/gv;
/** Letters that Unicode does not decompose: with a stroke, and ligatures. */
const letters: Readonly<Record<string, string>> = {
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ł: "l",
  ø: "o",
  ŧ: "t",
  æ: "ae",
  œ: "oe",
  ς: "σ",
  // Arabic and Persian keyboards produce different code points for yeh, kaf and heh. Teh marbuta is often written as heh.
  ٱ: "ا",
  ى: "ي",
  ی: "ي",
  ے: "ي",
  ک: "ك",
  ڪ: "ك",
  ہ: "ه",
  ە: "ه",
  ة: "ه",
};
/** The digit zero of other scripts; its nine other digits follow it. Unicode's decompositions do not map them to ASCII digits. */
const zeros = [
  ...[0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50],
  ...[0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1b50, 0xa9d0, 0xaa50],
];
const digits = new Map(
  zeros.flatMap((zero) =>
    Array.from({ length: 10 }, (_, digit) => [String.fromCodePoint(zero + digit), `${digit}`] as const),
  ),
);
const replacements = new Map([...Object.entries(letters), ...digits]);
const special = new RegExp(`[${[...replacements.keys()].join("")}]`, "gu");

/**
 * Characters that separate words although they are not white space: the zero-width non-joiner between Arabic letters, which separates
 * Persian suffixes, and the `T` and `Z` of timestamps (RFC 3339, and the basic format of ISO 8601). Replacements have the same length, so
 * that offsets stay valid. All patterns are bounded and thus linear.
 */
const separatorRules: readonly (readonly [RegExp, string])[] = [
  [/(?<=\p{scx=Arab})\u200c(?=\p{scx=Arab})/gu, " "],
  [/(?<=\d{4}-\d\d-\d\d)[Tt](?=\d\d(?!\d))/g, " "],
  [/(?<=:\d\d(?:[.,]\d{1,9})?)[Zz](?![\p{L}\p{N}])/gu, " "],
  [/(?<=(?<![\p{L}\p{N}])\d{8})[Tt](?=(?:\d{4}|\d{6})(?:[Zz](?![\p{L}\p{N}])|(?![\p{L}\p{N}])))/gu, " "],
  [/(?<=(?<![\p{L}\p{N}])\d{8} (?:\d{4}|\d{6}))[Zz](?![\p{L}\p{N}])/gu, " "],
];

const maySeparate = /\u200c|\d[TtZz]/;

function insertSeparators(text: string): string {
  if (!maySeparate.test(text)) return text;
  return separatorRules.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}

/** Folds a text for search: case, diacritics and compatibility forms are ignored. Takes time linear in the length of the text. */
export function foldText(source: string): FoldedText {
  const text = insertSeparators(source);
  if (ascii.test(text)) return { folded: text.toLowerCase(), startOf: (at) => at, endOf: (at) => at };
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: part, index } of text.matchAll(pieces)) {
    const isAscii = part.charCodeAt(0) < 0x80 && ascii.test(part);
    const folded = isAscii ? part.toLowerCase() : foldPiece(part);
    // A removed piece, such as the skin tone of an emoji, belongs to the character before it.
    if (folded === "")
      for (let at = ends.length - 1; ends[at] === index; at--) ends[at] = index + part.length;
    parts.push(folded);
    for (let at = 0; at < folded.length; at++) {
      starts.push(isAscii ? index + at : index);
      ends.push(isAscii ? index + at + 1 : index + part.length);
    }
  }
  return {
    folded: parts.join(""),
    startOf: (at) => starts[at] ?? text.length,
    endOf: (at) => ends[at - 1] ?? 0,
  };
}

/** Cache of folded pieces: folding one takes 1 to 2 µs, and a text consists of few different ones. */
const foldedPieces = new LruMap<string, string>(4_096);

function foldPiece(piece: string): string {
  if (piece.length > 4) return foldUncached(piece);
  let folded = foldedPieces.get(piece);
  if (folded === undefined) foldedPieces.set(piece, (folded = foldUncached(piece)));
  return folded;
}

function foldUncached(piece: string): string {
  // ™ and ℠ would otherwise become letters of the preceding word.
  if (piece.startsWith("\u2122") || piece.startsWith("\u2120")) return " ";
  const folded = piece
    .normalize("NFKD")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(dropped, "")
    .replace(special, (letter) => replacements.get(letter) ?? letter)
    .normalize("NFC");
  // A fraction such as ½ would otherwise become part of the preceding number.
  return folded.includes("\u2044", 1) ? ` ${folded} ` : folded;
}
