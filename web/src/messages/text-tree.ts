import type { Entity } from "../../../src/client/index.ts";

/** A part of a message's text: plain text, or an entity with its parts. */
export type TextNode = string | { entity: Entity; children: TextNode[] };

/** A range of code points: from a position to another, exclusive. */
type Range = [start: number, end: number];

/**
 * Converts a text and its entities, whose offsets are in code points and which nest, into a tree. Markup is left out. Entities that overlap
 * without nesting, lie outside of the text, or would show nothing are ignored: then the text is shown as it was written.
 */
export function textTree(content: string, entities: readonly Entity[] = []): TextNode[] {
  const points = [...content];
  const sorted = entities
    .filter(({ offset, length }) => offset >= 0 && length > 0 && offset + length <= points.length)
    .toSorted((one, other) => one.offset - other.offset || other.length - one.length);
  /** The positions of `>` and the blanks around it, at the beginning of quoted lines. */
  const hidden = new Set<number>();
  let at = 0;
  const build = (start: number, end: number): TextNode[] => {
    const nodes: TextNode[] = [];
    let position = start;
    const addText = (to: number): void => {
      const text = points.slice(position, to).filter((_, index) => !hidden.has(position + index));
      if (text.length > 0) nodes.push(text.join(""));
      position = to;
    };
    for (let entity = sorted[at]; entity && entity.offset < end; entity = sorted[at]) {
      at++;
      const entityEnd = entity.offset + entity.length;
      if (entity.offset < position || entityEnd > end) continue;
      const shown = shownRange(entity, points);
      if (!shown) continue;
      addText(entity.offset);
      if (entity.type === "quote") hideMarks(points, entity.offset, entityEnd, hidden);
      nodes.push({ entity, children: build(...shown) });
      // Entities in the markup, such as the address of a link, are not shown.
      while ((sorted[at]?.offset ?? Infinity) < entityEnd) at++;
      position = entityEnd;
      // A block ends its line; the line break would be shown as an empty line.
      if (isBlock(entity) && position < end) position += lineBreakLength(points, position);
    }
    addText(end);
    return nodes;
  };
  return build(0, points.length);
}

const isBlock = ({ type }: Entity): boolean => type === "quote" || type === "codeBlock";

function lineBreakLength(points: readonly string[], position: number): number {
  if (points[position] === "\n") return 1;
  return points[position] === "\r" ? (points[position + 1] === "\n" ? 2 : 1) : 0;
}

/** Returns the range of an entity that is shown, without its markup; undefined if there is nothing to show. */
function shownRange(entity: Entity, points: readonly string[]): Range | undefined {
  const { offset, length } = entity;
  const end = offset + length;
  switch (entity.type) {
    case "bold":
    case "italic":
    case "strike":
      return within([offset + entity.marker, end - entity.marker], offset, end);
    case "code": {
      const inner = within([offset + entity.marker, end - entity.marker], offset, end);
      return inner && withoutBlanks(points, inner);
    }
    case "link":
      return linkRange(points, entity);
    case "codeBlock":
      return codeBlockRange(points, offset, end);
    default:
      return [offset, end];
  }
}

/** Returns a range if it has a character and lies within another one. */
const within = ([start, end]: Range, from: number, to: number): Range | undefined =>
  start >= from && end <= to && start < end ? [start, end] : undefined;

/** The text of a link. One without a visible text is shown as it was written, so that there is something to click. */
function linkRange(
  points: readonly string[],
  { offset, length, textOffset, textLength = 0 }: Extract<Entity, { type: "link" }>,
): Range {
  const whole: Range = [offset, offset + length];
  if (textOffset === undefined) return whole;
  const text = within([textOffset, textOffset + textLength], ...whole);
  return text && points.slice(...text).some((point) => point.trim() !== "") ? text : whole;
}

/** Drops one blank at both ends of code, as CommonMark 6.1 does, unless it has nothing else. */
function withoutBlanks(points: readonly string[], [start, end]: Range): Range {
  const hasText = points.slice(start, end).some((point) => point !== " ");
  const isPadded = points[start] === " " && points[end - 1] === " ";
  return hasText && isPadded ? [start + 1, end - 1] : [start, end];
}

const isBlank = (point: string | undefined): boolean => point === " " || point === "\t";
const isLineBreak = (point: string | undefined): boolean => point === "\n" || point === "\r";

/** Hides the first `>` of each quoted line, up to three blanks before it, and one behind it. */
function hideMarks(points: readonly string[], start: number, end: number, hidden: Set<number>): void {
  for (let position = start; position < end; position++) {
    const isLineStart = position === start || isLineBreak(points[position - 1]);
    if (!isLineStart) continue;
    let mark = position;
    while (isBlank(points[mark])) mark++;
    if (points[mark] !== ">") continue;
    const last = points[mark + 1] === " " ? mark + 1 : mark;
    for (let each = position; each <= last; each++) hidden.add(each);
    position = last;
  }
}

/** The lines between the fences. The closing fence may be missing at the end of a text or of a quote. */
function codeBlockRange(points: readonly string[], offset: number, end: number): Range | undefined {
  const start = points.indexOf("\n", offset) + 1;
  if (start === 0 || start >= end) return undefined;
  const lastBreak = points.lastIndexOf("\n", end - 1);
  const lastLine = points.slice(lastBreak + 1, end).join("");
  if (!closes(lastLine, openingFence(points, offset))) return [start, end];
  const isCarriageReturn = points[lastBreak - 1] === "\r";
  return [start, Math.max(start, isCarriageReturn ? lastBreak - 1 : lastBreak)];
}

interface Fence {
  mark: string;
  length: number;
  /** The number of `>` before it. */
  depth: number;
  indent: number;
}

function openingFence(points: readonly string[], offset: number): Fence {
  let lineStart = offset;
  while (lineStart > 0 && !isLineBreak(points[lineStart - 1])) lineStart--;
  let fenceEnd = offset;
  while (points[fenceEnd] === points[offset]) fenceEnd++;
  const before = points.slice(lineStart, offset);
  const depth = before.filter((point) => point === ">").length;
  return { mark: points[offset] ?? "", length: fenceEnd - offset, depth, indent: before.length };
}

/** Whether a line closes a code block (CommonMark 4.5): a fence of the same kind, at least as long, in the same quote. */
function closes(line: string, { mark, length, depth, indent }: Fence): boolean {
  const [, before = "", fence = ""] = /^([ \t>]*)(`{3,}|~{3,})\s*$/.exec(line) ?? [];
  return (
    fence.startsWith(mark) &&
    fence.length >= length &&
    before.length <= indent + 3 &&
    [...before].filter((point) => point === ">").length === depth
  );
}
