import { pairMarks, type StyleMark } from "./pair-marks.ts";

/** A part of a converted line: finished text, or a mark that may start or end a style. */
export type Piece = { kind: "text"; text: string } | MarkdownMark;

/** A mark with `text` as it was written. */
interface MarkdownMark extends StyleMark {
  kind: "style";
  /** The mark in Slack's text. */
  slack: string;
}

const blank = /^\s?$/;
const word = /[\p{L}\p{N}]/u;

/**
 * Splits a run of `*`, `_` or `~` into marks: `**` and `__` are bold, `*` and `_` italic, `~~` is struck through.
 *
 * @returns undefined if the run is literal
 */
export function styleRun(
  character: string,
  length: number,
  previous: string,
  next: string,
): MarkdownMark[] | undefined {
  const isUnderscore = character === "_";
  const opens = !blank.test(next) && !(isUnderscore && word.test(previous));
  const closes = !blank.test(previous) && !(isUnderscore && word.test(next));
  if (!opens && !closes) return undefined;
  const mark = (text: string, slack: string): MarkdownMark => ({ kind: "style", text, slack, opens, closes });
  if (character === "~") return length === 2 ? [mark("~~", "~")] : undefined;
  const bold = mark(character.repeat(2), "*");
  const italic = mark(character, "_");
  if (length === 1) return [italic];
  if (length === 2) return [bold];
  // Marks that end a style are in the opposite order of those that start it.
  return length === 3 ? (opens ? [bold, italic] : [italic, bold]) : undefined;
}

/** Pairs the marks and joins the line. A mark without a partner stays as written. */
export function pairStyles(pieces: Piece[]): string {
  pairMarks(pieces.filter((piece) => piece.kind === "style"));
  return pieces
    .map((piece) => (piece.kind === "style" && piece.isPaired ? piece.slack : piece.text))
    .join("");
}
