import { signal } from "@preact/signals";

/** An emoji of Unicode. */
export interface StandardEmoji {
  emoji: string;
  /** Its description, such as "thumbs up". */
  label: string;
  /** The names that may be written between colons, the usual one first. */
  names: string[];
  /** Its group: 0 smileys, 1 people, 3 animals, 4 food, 5 travel, 6 activities, 7 objects, 8 symbols, 9 flags. */
  group: number;
  /** Whether it exists in each skin tone; `withTone` adds one. */
  hasTones: boolean;
}

/** The address of the list, which the build generates from emojibase-data. */
declare const __EMOJI_URL__: string;

/** The emoji of Unicode; undefined until they are loaded. */
export const standardEmoji = signal<
  { all: readonly StandardEmoji[]; byName: ReadonlyMap<string, string> } | undefined
>(undefined);
let loading: Promise<void> | undefined;

/** Loads the list once. A failure is repeated by the next call. */
export function loadStandardEmoji(): Promise<void> {
  loading ??= load().catch(() => (loading = undefined));
  return loading ?? Promise.resolve();
}

type Row = [emoji: string, label: string, names: string[], group: number, hasTones?: 1];

async function load(): Promise<void> {
  const response = await fetch(__EMOJI_URL__);
  if (!response.ok) throw new Error(`The list of emoji could not be loaded: ${response.status}`);
  const rows = (await response.json()) as Row[];
  const all = rows.map(([emoji, label, names, group, hasTones]) => ({
    emoji,
    label,
    names,
    group,
    hasTones: hasTones === 1,
  }));
  const byName = new Map(all.flatMap(({ emoji, names }) => names.map((name) => [name, emoji] as const)));
  standardEmoji.value = { all, byName };
}
