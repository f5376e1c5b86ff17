import type { CustomEmoji } from "../../../src/client/index.ts";
import { type SkinTone, withoutTone, withTone } from "./skin-tone.ts";
import type { StandardEmoji } from "./standard-emoji.ts";

/** An emoji that can be chosen. */
export interface Choice {
  /** The emoji, or `:name:` of one of the workspace. */
  value: string;
  label: string;
  /** The names that may be written between colons. */
  names: readonly string[];
  /** The image of an emoji of the workspace. */
  imageUrl?: string;
}

/** A group of the picker, below its heading. */
export interface Section {
  title: string;
  /** A picture for the button that leads to it. */
  symbol: string;
  choices: readonly Choice[];
}

export interface EmojiSources {
  standard: readonly StandardEmoji[];
  custom: readonly CustomEmoji[];
  /** What was chosen last, the last one first. */
  recent: readonly string[];
  tone: SkinTone;
}

/** The groups of Unicode, by their number. */
const groups: readonly { group: number; title: string; symbol: string }[] = [
  { group: 0, title: "Smileys and emotion", symbol: "😀" },
  { group: 1, title: "People and body", symbol: "👋" },
  { group: 3, title: "Animals and nature", symbol: "🐻" },
  { group: 4, title: "Food and drink", symbol: "🍔" },
  { group: 5, title: "Travel and places", symbol: "🚗" },
  { group: 6, title: "Activities", symbol: "⚽" },
  { group: 7, title: "Objects", symbol: "💡" },
  { group: 8, title: "Symbols", symbol: "💜" },
  { group: 9, title: "Flags", symbol: "🏁" },
];

/** Returns the groups of the picker without empty ones: what was used recently, the emoji of the workspace, those of Unicode. */
export function sectionsOf(sources: EmojiSources): Section[] {
  const { standard, custom, tone } = sources;
  return [
    { title: "Recently used", symbol: "🕘", choices: recentChoices(sources) },
    { title: "Of this workspace", symbol: "⭐", choices: custom.map(customChoice) },
    ...groups.map(({ group, title, symbol }) => ({
      title,
      symbol,
      choices: standard.filter((each) => each.group === group).map((each) => standardChoice(each, tone)),
    })),
  ].filter(({ choices }) => choices.length > 0);
}

/**
 * Finds emoji by a part of their name or description, and orders them: an exact name first, then names that begin with the text, then words that
 * do, then the rest. Emoji of the workspace precede others that match equally.
 */
export function searchEmoji({ standard, custom, tone }: EmojiSources, text: string): Choice[] {
  const query = text.trim().toLowerCase().replaceAll(/^:|:$/g, "");
  const asName = query.replaceAll(/\s+/g, "_");
  const all = [...custom.map(customChoice), ...standard.map((each) => standardChoice(each, tone))];
  const ranked = all.map((choice) => ({ choice, rank: rankOf(choice, query, asName) }));
  return ranked
    .filter(({ rank }) => rank < ranks.none)
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ choice }) => choice);
}

const ranks = { exact: 0, nameStart: 1, wordStart: 2, inside: 3, none: 4 } as const;

function rankOf({ names, label }: Choice, query: string, asName: string): number {
  if (names.includes(asName) || label === query) return ranks.exact;
  if (names.some((name) => name.startsWith(asName))) return ranks.nameStart;
  if (isWordStart(label, query) || names.some((name) => name.includes(`_${asName}`))) return ranks.wordStart;
  return label.toLowerCase().includes(query) || names.some((name) => name.includes(asName))
    ? ranks.inside
    : ranks.none;
}

const isWordStart = (label: string, query: string): boolean =>
  ` ${label.toLowerCase()}`.includes(` ${query}`);

const customChoice = ({ name, imageUrl }: CustomEmoji): Choice => ({
  value: `:${name}:`,
  label: name,
  names: [name],
  imageUrl,
});

const standardChoice = ({ emoji, label, names, hasTones }: StandardEmoji, tone: SkinTone): Choice => ({
  value: hasTones ? withTone(emoji, tone) : emoji,
  label,
  names,
});

/** What was chosen last, in the skin tone of that time. Emoji that were deleted since then are left out. */
function recentChoices({ standard, custom, recent }: EmojiSources): Choice[] {
  if (recent.length === 0) return [];
  const customByValue = new Map(custom.map((each) => [`:${each.name}:`, customChoice(each)]));
  const standardByValue = new Map(
    standard.map((each) => [withoutTone(each.emoji), standardChoice(each, "")]),
  );
  return recent.flatMap((value) => {
    const found = customByValue.get(value) ?? standardByValue.get(withoutTone(value));
    return found ? [{ ...found, value }] : [];
  });
}
