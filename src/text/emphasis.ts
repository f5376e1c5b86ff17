import { isEscaped, type TextRange } from "./ranges.ts";

/** Emphasized text with its delimiters: `**bold**`, `*italic*`, `_italic_`, `~~strike~~`. */
export interface Emphasis extends TextRange {
  kind: "bold" | "italic" | "strike";
  /** The length of the delimiter on each side. */
  marker: number;
}

/** A run of equal delimiter characters. */
interface Run {
  mark: string;
  /** The position of the first character that is not part of a delimiter yet. */
  at: number;
  /** The number of characters that are not part of a delimiter yet. */
  left: number;
  original: number;
  canOpen: boolean;
  canClose: boolean;
}

const runPattern = /\*+|_+|~+/g;
const space = /^\s?$/u;
const punctuation = /[\p{P}\p{S}]/u;

/**
 * Finds emphasis by the rules of CommonMark (6.2) and, for `~~`, of GitHub, in one paragraph. Takes linear time: each run that closes
 * nothing sets a bound below which later runs of its kind do not search.
 *
 * @param text the whole text
 * @param paragraph the part to search
 * @param excluded parts in which no delimiter counts, such as code, in order
 */
export function findEmphasis(text: string, paragraph: TextRange, excluded: readonly TextRange[]): Emphasis[] {
  const found: Emphasis[] = [];
  /** Runs that may open emphasis, by position. Bounds are lengths of this list. */
  const openers: Run[] = [];
  const bounds = new Map<string, number>();
  for (const run of findRuns(text, paragraph, excluded)) {
    if (run.canClose) closeWith(run, openers, bounds, found);
    if (run.canOpen && run.left > 0) openers.push(run);
  }
  return found;
}

function closeWith(closer: Run, openers: Run[], bounds: Map<string, number>, found: Emphasis[]): void {
  const kind = `${closer.mark}${closer.canOpen ? 1 : 0}${closer.original % 3}`;
  while (closer.left > 0) {
    const bound = bounds.get(kind) ?? 0;
    const index = openers.findLastIndex((candidate, at) => at < bound || matches(candidate, closer));
    const opener = index < bound ? undefined : openers[index];
    if (!opener) {
      bounds.set(kind, openers.length);
      return;
    }
    const marker = closer.mark === "~" ? 2 : Math.min(2, opener.left, closer.left);
    // The delimiters nearest to the text are used first.
    const from = opener.at + opener.left - marker;
    closer.at += marker;
    const to = closer.at;
    found.push({ kind: closer.mark === "~" ? "strike" : marker === 2 ? "bold" : "italic", from, to, marker });
    opener.left -= marker;
    closer.left -= marker;
    // Runs between the two can no longer open anything.
    openers.length = opener.left > 0 ? index + 1 : index;
    for (const [other, length] of bounds) if (length > openers.length) bounds.set(other, openers.length);
  }
}

function matches(opener: Run, closer: Run): boolean {
  if (opener.mark !== closer.mark) return false;
  if (closer.mark === "~") return true;
  // The rule of three: a run that could both open and close matches only lengths whose sum is no multiple of 3.
  const isAmbiguous = opener.canClose || closer.canOpen;
  return (
    !isAmbiguous ||
    (opener.original + closer.original) % 3 !== 0 ||
    (opener.original % 3 === 0 && closer.original % 3 === 0)
  );
}

function* findRuns(text: string, { from, to }: TextRange, excluded: readonly TextRange[]): Generator<Run> {
  let next = 0;
  for (const { 0: run, index } of text.slice(from, to).matchAll(runPattern)) {
    const start = from + index;
    let hole = excluded[next];
    while (hole && hole.to <= start) hole = excluded[++next];
    if (hole && hole.from <= start) continue;
    const skipped = isEscaped(text, start) ? 1 : 0;
    const [at, length] = [start + skipped, run.length - skipped];
    // `~` counts only in pairs, as on GitHub.
    if (length === 0 || (run.startsWith("~") && length !== 2)) continue;
    yield { mark: run.charAt(0), at, left: length, original: length, ...flanks(text, at, at + length) };
  }
}

/** Whether a run can open and close emphasis (CommonMark 6.2: left-flanking and right-flanking). */
function flanks(text: string, from: number, to: number): { canOpen: boolean; canClose: boolean } {
  const before = characterBefore(text, from);
  const after = String.fromCodePoint(text.codePointAt(to) ?? 32);
  const [spaceBefore, spaceAfter] = [space.test(before), space.test(after)];
  const [markBefore, markAfter] = [punctuation.test(before), punctuation.test(after)];
  const isLeft = !spaceAfter && (!markAfter || spaceBefore || markBefore);
  const isRight = !spaceBefore && (!markBefore || spaceAfter || markAfter);
  if (text[from] !== "_") return { canOpen: isLeft, canClose: isRight };
  return { canOpen: isLeft && (!isRight || markBefore), canClose: isRight && (!isLeft || markAfter) };
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return " ";
  const isPair = at > 1 && /[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 2, at));
  return text.slice(at - (isPair ? 2 : 1), at);
}
