import compact from "emojibase-data/en/compact.json" with { type: "json" };
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import iamcal from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };

type Names = Record<string, string | string[]>;

/** Components of emoji, such as skin tones, which are not emoji of their own. */
const componentGroup = 2;

/** Returns the emoji of Unicode with the names that the server knows, for the web client: `[emoji, label, names, group]`. */
export function emojiList(): [string, string, string[], number][] {
  return compact.flatMap(({ unicode, hexcode, label, group }) => {
    if (group === undefined || group === componentGroup) return [];
    const names = [(iamcal as Names)[hexcode], (github as Names)[hexcode]].flatMap((found) => found ?? []);
    return [[unicode, label, [...new Set(names)], group]];
  });
}
