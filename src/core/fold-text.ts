/** A text as it is compared, with the way back: places in `folded` as places in the text, in UTF-16 units. */
export interface Folded {
  folded: string;
  /** Where the character that begins here begins in the text. */
  startOf(at: number): number;
  /** Where the character that ends here ends in the text. */
  endOf(at: number): number;
}

const ascii = /^[\0-\x7f]*$/;
/** ASCII without what composes with it; a run of Hangul's parts; else a character with its marks, so many at once. */
const pieces =
  /[\0-\x7f]+(?![\p{M}\uff9e\uff9f])|[\u1100-\u11ff]{1,32}|[^\p{M}][\p{M}\uff9e\uff9f]{0,32}|\p{M}{1,32}/gsu;
/** Diacritics, vowel signs of Arabic and Hebrew, and what can't be seen. Elsewhere marks are letters: vowels of Thai, voicing of kana. */
const dropped =
  /[[[\p{Mn}\p{Me}]&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}]]--[\u3099\u309a]]|[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640]/gv;
/** Letters with a stroke, and joined ones, that Unicode does not take apart. */
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
  ٱ: "ا",
};
const special = new RegExp(`[${Object.keys(letters).join("")}]`, "g");

/** Without regard to case, diacritics and forms. Linear in the length of the text. */
export function foldText(text: string): Folded {
  if (ascii.test(text)) return { folded: text.toLowerCase(), startOf: (at) => at, endOf: (at) => at };
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: part, index } of text.matchAll(pieces)) {
    const isAscii = part.charCodeAt(0) < 0x80 && ascii.test(part);
    const folded = isAscii ? part.toLowerCase() : foldPiece(part);
    // What vanishes belongs to what it stands behind, like the colour of an emoji.
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

function foldPiece(piece: string): string {
  // A trade mark is no part of the word before it.
  if (piece.startsWith("\u2122") || piece.startsWith("\u2120")) return " ";
  const folded = piece
    .normalize("NFKD")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD")
    .replace(dropped, "")
    .replace(special, (letter) => letters[letter] ?? letter)
    .normalize("NFC");
  // Nor is a fraction a part of the number before it.
  return folded.includes("\u2044", 1) ? ` ${folded} ` : folded;
}
