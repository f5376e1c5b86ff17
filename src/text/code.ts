import { blankRanges, isEscaped, linesOf, type TextRange } from "./ranges.ts";

/** Code in a text: a fenced block or a code span (CommonMark 4.5 and 6.1), with its fences or backticks. */
export interface CodeRange extends TextRange {
  isBlock: boolean;
  /** The number of characters on each side of a span that are not part of its code. */
  marker: number;
  /** The first word after the opening fence of a block. */
  language: string;
}

/**
 * A line with a code fence (CommonMark 4.5): quote markers, a list bullet, the fence, the rest. With the flag `s`, since otherwise the dot
 * would stop at Unicode line separators, and matching would not be linear.
 */
const fencePattern = /^([ \t>]*)([-*+][ \t]+)?(`{3,}|~{3,})(.*)$/s;
const listItem = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]/;
const languagePattern = /^[ \t]*([\w+#.-]{1,32})(?![\w+#.-])/;

interface Fence {
  mark: string;
  length: number;
  /** The depth of block quotes around the fence. The code block ends with its quote. */
  depth: number;
  indent: number;
  range: CodeRange;
}

/**
 * Finds code blocks and code spans, in order. Indented code blocks are not recognized, since users indent pasted text. Takes linear time for
 * any text.
 */
export function findCode(content: string): CodeRange[] {
  if (!content.includes("`") && !content.includes("~~~")) return [];
  const found: CodeRange[] = [];
  let paragraph: TextRange | undefined;
  let paragraphDepth = 0;
  let open: Fence | undefined;
  const endParagraph = (): void => {
    if (paragraph) found.push(...findSpans(content, paragraph));
    paragraph = undefined;
  };
  for (const { text, from, next } of linesOf(content)) {
    const [, lead = "", bullet = "", marks = "", rest = ""] = fencePattern.exec(text) ?? [];
    const mark = marks.charAt(0);
    const depth = quoteDepth(text);
    const indent = lead.length + bullet.length;
    if (open && depth < open.depth) open = undefined;
    if (open) {
      open.range.to = from + text.length;
      const mayClose = depth === open.depth && bullet === "" && indent <= open.indent + 3;
      if (mayClose && mark === open.mark && marks.length >= open.length && rest.trim() === "")
        open = undefined;
    } else if (marks !== "" && !(mark === "`" && rest.includes("`"))) {
      endParagraph();
      const [, language = ""] = languagePattern.exec(rest) ?? [];
      const range = { from: from + indent, to: from + text.length, isBlock: true, marker: 0, language };
      open = { mark, length: marks.length, depth, indent, range };
      found.push(range);
    } else if (text.trim() === "") {
      endParagraph();
    } else {
      if (depth > paragraphDepth || listItem.test(text)) endParagraph();
      if (paragraph) paragraph.to = next;
      else [paragraph, paragraphDepth] = [{ from, to: next }, depth];
    }
  }
  endParagraph();
  return found;
}

/** Replaces code by blanks; positions do not change. */
export const blankCode = (content: string): string => blankRanges(content, findCode(content));

function quoteDepth(line: string): number {
  let depth = 0;
  for (const character of line) {
    if (character === ">") depth++;
    else if (character !== " " && character !== "\t") break;
  }
  return depth;
}

/** Finds the code spans of a paragraph. A span starts with a run of backticks and ends with the next run of the same length, if there is one. */
function findSpans(content: string, { from: start, to }: TextRange): CodeRange[] {
  const text = content.slice(start, to);
  const runs = [...text.matchAll(/`+/g)].map(({ index, 0: run }) => ({ at: index, length: run.length }));
  const later = new Map<number, number[]>();
  for (const { at, length } of runs.toReversed()) {
    const positions = later.get(length);
    if (positions) positions.push(at);
    else later.set(length, [at]);
  }
  const spans: CodeRange[] = [];
  let from = 0;
  for (const { at, length } of runs) {
    if (at < from) continue;
    const escaped = isEscaped(text, at);
    const width = escaped ? length - 1 : length;
    const ends = later.get(width) ?? [];
    while ((ends.at(-1) ?? Infinity) <= at) ends.pop();
    const end = width > 0 ? ends.at(-1) : undefined;
    if (end === undefined) continue;
    from = end + width;
    const begin = start + at + (escaped ? 1 : 0);
    spans.push({ from: begin, to: start + from, isBlock: false, marker: width, language: "" });
  }
  return spans;
}
