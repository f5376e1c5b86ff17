/** Characters that render as nothing. U+2800 (blank Braille pattern) does too, although Unicode does not class it as white space. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
const allInvisible = new RegExp(invisible, "gu");

/**
 * Invisible characters that change how their neighbours render, matched only next to such neighbours: joiners within emoji and within
 * scripts that use them, variation selectors, and the tag characters of flags.
 */
const meaningful =
  /(?<=[\p{L}\p{M}])[\u200c\u200d](?=\p{L})|(?<=\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Emoji}\p{S}\p{P}])[\ufe0e\ufe0f]|(?<=\p{sc=Han})[\ufe00-\ufe0d\u{e0100}-\u{e01ef}]|(?<=\p{sc=Mong})[\u180b-\u180d\u180f]|(?<=\u{1f3f4})[\u{e0020}-\u{e007e}]{1,16}\u{e007f}/gu;

/** Temporarily replaces a meaningful invisible character while the others are removed. Delimited by noncharacters, which valid text never contains. */
const placeholderFor = (index: number): string => `\ufdd0${index}\ufdd1`;
const placeholder = /\ufdd0(\d+)\ufdd1/g;

/** A visible character. Combining marks do not count: without a base character they show nothing. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{M}\u2800]/u;

/**
 * Normalizes a name for storage and display: NFC, without meaningless invisible characters and surrounding white space. Returns an empty
 * string if nothing visible remains. Compatibility characters (`①`, `²`, `（`) stay; only the uniqueness key (`foldKey`) folds them.
 */
export function cleanLabel(text: string): string {
  let label = text
    .normalize("NFC")
    .replaceAll(/[\ufdd0\ufdd1]/g, "")
    .trim();
  // Removing one character can make its neighbour meaningless, so repeat. After `maxRounds` all invisible characters are removed.
  for (let round = 0; invisible.test(label); round++) {
    const next = round < maxRounds ? withoutInvisible(label) : label.replace(allInvisible, "");
    if (next === label) break;
    label = next.normalize("NFC").trim();
  }
  return visible.test(label) ? label : "";
}

const maxRounds = 8;

function withoutInvisible(label: string): string {
  const kept: string[] = [];
  const marked = label.replace(meaningful, (character) => placeholderFor(kept.push(character) - 1));
  return marked
    .replace(allInvisible, "")
    .replace(placeholder, (_, index: string) => kept[Number(index)] ?? "");
}
