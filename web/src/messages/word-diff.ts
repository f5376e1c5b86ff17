/** A part of a text that two versions have in common, or that only one of them has. */
export interface DiffPart {
  kind: "same" | "added" | "removed";
  text: string;
}

/** The largest table of the comparison, in cells of two bytes. Longer changes are shown as one. */
const maxCells = 4_000_000;

/** Returns the words, the blanks between them, and every other character, in order. */
const wordsOf = (text: string): string[] =>
  text.match(/\s+|[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu) ?? [];

/** Compares two versions of a text word by word: by the longest common subsequence of the words between their common beginning and end. */
export function wordDiff(before: string, after: string): DiffPart[] {
  const old = wordsOf(before);
  const now = wordsOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  const rest = Math.min(old.length, now.length) - start;
  while (end < rest && old.at(-1 - end) === now.at(-1 - end)) end++;
  const parts: DiffPart[] = [];
  const add = (kind: DiffPart["kind"], words: readonly string[]): void => {
    const last = parts.at(-1);
    if (words.length === 0) return;
    if (last?.kind === kind) last.text += words.join("");
    else parts.push({ kind, text: words.join("") });
  };
  add("same", old.slice(0, start));
  const removed = old.slice(start, old.length - end);
  const added = now.slice(start, now.length - end);
  if (removed.length * added.length > maxCells) {
    add("removed", removed);
    add("added", added);
  } else addDifference(removed, added, add);
  add("same", old.slice(old.length - end));
  return parts;
}

function addDifference(
  old: readonly string[],
  now: readonly string[],
  add: (kind: DiffPart["kind"], words: readonly string[]) => void,
): void {
  const width = now.length + 1;
  /** The length of the longest common subsequence of what follows the positions `i` and `j`, at `i * width + j`. */
  const lengths = new Uint16Array((old.length + 1) * width);
  const lengthAt = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        old[i] === now[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      add("same", old.slice(i, i + 1));
      i++;
      j++;
    } else if (i < old.length && (j >= now.length || lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      add("removed", old.slice(i, i + 1));
      i++;
    } else {
      add("added", now.slice(j, j + 1));
      j++;
    }
  }
}
