/** Whatever is drawn as nothing, U+2800 included, which is a blank that is no white space. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
const allInvisible = new RegExp(invisible, "gu");

/**
 * What of it changes how the characters around it look, where it stands between such characters: joiners of emoji and of scripts that
 * use them, the form of a character, and the tags of a flag.
 */
const meaningful =
  /(?<=[\p{L}\p{M}])[\u200c\u200d](?=\p{L})|(?<=\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Emoji}\p{S}\p{P}])[\ufe0e\ufe0f]|(?<=\p{sc=Han})[\ufe00-\ufe0d\u{e0100}-\u{e01ef}]|(?<=\p{sc=Mong})[\u180b-\u180d\u180f]|(?<=\u{1f3f4})[\u{e0020}-\u{e007e}]{1,16}\u{e007f}/gu;

/** Where what is meaningful was held while all else went; noncharacters, which no text bears. */
const placeholderFor = (index: number): string => `\ufdd0${index}\ufdd1`;
const placeholder = /\ufdd0(\d+)\ufdd1/g;

/** A mark alone has nothing to stand on. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{M}\u2800]/u;

/**
 * The name of a person or a thing as it is kept and shown: composed (NFC), without what is invisible, without blanks around it. Empty
 * where nothing of it would be seen. Compatibility characters (`①`, `²`, `（`) stay: only the key that decides uniqueness folds them.
 */
export function cleanLabel(text: string): string {
  let label = text
    .normalize("NFC")
    .replaceAll(/[\ufdd0\ufdd1]/g, "")
    .trim();
  // What stood beside something that went may have lost its meaning: a few rounds, then all that is invisible goes.
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
  return marked.replace(allInvisible, "").replace(placeholder, (_, index: string) => kept[Number(index)] ?? "");
}
