import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import iamcal from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };

let names: Set<string> | undefined;

/** Whether clients and Slack show this name between colons as an emoji of Unicode, such as `thumbsup`. No custom emoji can have it. */
export function isStandardEmojiName(name: string): boolean {
  names ??= new Set([iamcal, github].flatMap((shortcodes) => Object.values(shortcodes).flat()));
  return names.has(name);
}
