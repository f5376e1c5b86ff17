import compact from "emojibase-data/en/compact.json" with { type: "json" };
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import iamcal from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };
import { toEmoji } from "../../src/text/emoji.ts";

type Names = Record<string, string | string[]>;

/** `[emoji, label, names, group]`, and 1 for an emoji with skin tones, which `web/src/emoji/skin-tone.ts` adds. */
type EmojiRow = [emoji: string, label: string, names: string[], group: number, hasTones?: 1];

/** Components of emoji, such as skin tones, which are not emoji of their own. */
const componentGroup = 2;

/** Returns the emoji of Unicode with the names that the server knows, for the web client. They are in the form to which the server converts reactions. */
export function emojiList(): EmojiRow[] {
  return compact.flatMap(({ unicode, hexcode, label, group, skins }): EmojiRow[] => {
    const emoji = toEmoji(unicode);
    if (emoji === undefined || group === undefined || group === componentGroup) return [];
    const found = [(iamcal as Names)[hexcode], (github as Names)[hexcode]].flatMap((names) => names ?? []);
    const row: EmojiRow = [emoji, label, [...new Set(found)], group];
    return [skins ? [...row, 1] : row] as EmojiRow[];
  });
}
