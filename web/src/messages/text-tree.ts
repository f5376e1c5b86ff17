import type { Entity } from "../../../src/client/index.ts";

/** A part of a message's text: plain text, or an entity with its parts. */
export type TextNode = string | { entity: Entity; children: TextNode[] };

/**
 * Converts a text and its entities, whose offsets are in code points and which nest, into a tree. Markup is left out. Entities that overlap
 * without nesting, or lie outside of the text, are ignored: then the text is shown as it was written.
 */
export function textTree(content: string, entities: readonly Entity[] = []): TextNode[] {
  const points = [...content];
  const sorted = entities
    .filter(({ offset, length }) => offset >= 0 && length > 0 && offset + length <= points.length)
    .toSorted((one, other) => one.offset - other.offset || other.length - one.length);
  /** The positions of `>` and the blank after it, at the beginning of quoted lines. */
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
      addText(entity.offset);
      if (entity.type === "quote") hideMarks(points, entity.offset, entityEnd, hidden);
      const [innerStart, innerEnd] = shownRange(entity, points);
      nodes.push({ entity, children: build(innerStart, innerEnd) });
      // Entities in the markup, such as the address of a link, are not shown.
      while ((sorted[at]?.offset ?? Infinity) < entityEnd) at++;
      position = entityEnd;
    }
    addText(end);
    return nodes;
  };
  return build(0, points.length);
}

/** The range of an entity that is shown: without its markup. */
function shownRange(entity: Entity, points: readonly string[]): [number, number] {
  const { offset, length } = entity;
  const end = offset + length;
  switch (entity.type) {
    case "bold":
    case "italic":
    case "strike":
      return [offset + entity.marker, end - entity.marker];
    case "code":
      return withoutBlanks(points, offset + entity.marker, end - entity.marker);
    case "link":
      return entity.textOffset === undefined
        ? [offset, end]
        : [entity.textOffset, entity.textOffset + (entity.textLength ?? 0)];
    case "codeBlock":
      return codeBlockRange(points, offset, end);
    default:
      return [offset, end];
  }
}

/** Drops one blank at both ends of code, as CommonMark 6.1 does, unless it has nothing else. */
function withoutBlanks(points: readonly string[], start: number, end: number): [number, number] {
  const hasText = points.slice(start, end).some((point) => point !== " ");
  const isPadded = points[start] === " " && points[end - 1] === " ";
  return hasText && isPadded && end - start > 1 ? [start + 1, end - 1] : [start, end];
}

function hideMarks(points: readonly string[], start: number, end: number, hidden: Set<number>): void {
  for (let position = start; position < end; position++) {
    const isLineStart = position === start || points[position - 1] === "\n";
    if (!isLineStart || points[position] !== ">") continue;
    hidden.add(position);
    if (points[position + 1] === " ") hidden.add(position + 1);
  }
}

/** The lines between the fences. The closing fence may be missing at the end of a text. */
function codeBlockRange(points: readonly string[], offset: number, end: number): [number, number] {
  const firstBreak = points.indexOf("\n", offset);
  if (firstBreak < 0 || firstBreak >= end) return [end, end];
  const start = firstBreak + 1;
  const lastBreak = points.lastIndexOf("\n", end - 1);
  const lastLine = points
    .slice(lastBreak + 1, end)
    .join("")
    .trim();
  const isClosed = lastBreak >= start - 1 && /^(?:`{3,}|~{3,})$/.test(lastLine);
  return [start, isClosed ? Math.max(start, lastBreak) : end];
}
