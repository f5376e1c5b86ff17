import { toEmoji } from "../../../text/emoji.ts";

interface EmojiTable {
  byName: ReadonlyMap<string, string>;
  nameOf: ReadonlyMap<string, string>;
}

let table: Promise<EmojiTable> | undefined;

/** Slack's names of the skin tones, in the order of the modifiers U+1F3FB to U+1F3FF. */
const tones = ["\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];
const tonePattern = /[\u{1F3FB}-\u{1F3FF}]/gu;
const toneName = /^(.+?)::skin-tone-([2-6])$/;

/** Loads the names on first use: 48 kB of JSON in the bundle, parsed in about 1 ms. */
async function load(): Promise<EmojiTable> {
  const { default: shortcodes } = await import("emojibase-data/en/shortcodes/iamcal.json");
  const byName = new Map<string, string>();
  const nameOf = new Map<string, string>();
  for (const [code, names] of Object.entries(shortcodes as Record<string, string | string[]>)) {
    const emoji = toEmoji(
      code
        .split("-")
        .map((point) => String.fromCodePoint(Number.parseInt(point, 16)))
        .join(""),
    );
    if (emoji === undefined) continue;
    for (const name of [names].flat()) {
      byName.set(name, emoji);
      if (!nameOf.has(emoji)) nameOf.set(emoji, name);
    }
  }
  return { byName, nameOf };
}

/**
 * Returns the emoji of a name of Slack's, such as `thumbsup` or `wave::skin-tone-3`, with or without colons; undefined if there is none.
 */
export async function emojiOfName(text: string): Promise<string | undefined> {
  if (text.length > 128) return undefined;
  const { byName } = await (table ??= load());
  const name = text.replace(/^:(.*):$/, "$1");
  const [, base = name, tone] = toneName.exec(name) ?? [];
  const emoji = byName.get(base) ?? toEmoji(base);
  if (emoji === undefined || tone === undefined) return emoji;
  const modifier = tones[Number(tone) - 2] ?? "";
  // The modifier follows the first character, whose variation selector it replaces.
  const [first = "", ...rest] = emoji;
  return toEmoji([first, modifier, ...rest.filter((point) => point !== "\u{FE0F}")].join("")) ?? emoji;
}

/** Returns Slack's name of an emoji; a custom emoji has its own name, without colons. */
export async function nameOfEmoji(emoji: string): Promise<string> {
  const { nameOf } = await (table ??= load());
  const own = nameOf.get(toEmoji(emoji) ?? emoji);
  if (own !== undefined) return own;
  const [tone] = emoji.match(tonePattern) ?? [];
  const plain = tone === undefined ? undefined : toEmoji(emoji.replaceAll(tonePattern, ""));
  const base = plain === undefined ? undefined : nameOf.get(plain);
  if (tone !== undefined && base !== undefined) return `${base}::skin-tone-${tones.indexOf(tone) + 2}`;
  return emoji.replace(/^:(.*):$/, "$1");
}
