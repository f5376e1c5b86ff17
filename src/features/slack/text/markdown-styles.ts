/** A part of a converted line: finished text, or a mark that may start or end a style. */
export type Piece = { kind: "text"; text: string } | StyleMark;

interface StyleMark {
  kind: "style";
  /** The mark as it was written, shown if it has no partner. */
  text: string;
  /** The mark in Slack's text. */
  slack: string;
  opens: boolean;
  closes: boolean;
  isPaired?: true;
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
): StyleMark[] | undefined {
  const isUnderscore = character === "_";
  const opens = !blank.test(next) && !(isUnderscore && word.test(previous));
  const closes = !blank.test(previous) && !(isUnderscore && word.test(next));
  if (!opens && !closes) return undefined;
  const mark = (text: string, slack: string): StyleMark => ({ kind: "style", text, slack, opens, closes });
  if (character === "~") return length === 2 ? [mark("~~", "~")] : undefined;
  const bold = mark(character.repeat(2), "*");
  const italic = mark(character, "_");
  if (length === 1) return [italic];
  if (length === 2) return [bold];
  // Marks that end a style are in the opposite order of those that start it.
  return length === 3 ? (opens ? [bold, italic] : [italic, bold]) : undefined;
}

/** Pairs the marks and joins the line. Styles nest; of two that overlap, the inner mark stays as written. Takes linear time. */
export function pairStyles(pieces: Piece[]): string {
  const open: StyleMark[] = [];
  const openCount = new Map<string, number>();
  const add = (text: string, difference: number): void => {
    openCount.set(text, (openCount.get(text) ?? 0) + difference);
  };
  for (const piece of pieces) {
    if (piece.kind !== "style") continue;
    if (piece.closes && (openCount.get(piece.text) ?? 0) > 0) {
      for (let opener = open.pop(); opener; opener = open.pop()) {
        add(opener.text, -1);
        if (opener.text !== piece.text) continue;
        opener.isPaired = piece.isPaired = true;
        break;
      }
    } else if (piece.opens) {
      open.push(piece);
      add(piece.text, 1);
    }
  }
  return pieces
    .map((piece) => (piece.kind === "style" && piece.isPaired ? piece.slack : piece.text))
    .join("");
}
