import { type Entity, limits } from "../../protocol/index.ts";
import type { Markup } from "../../text/markup.ts";
import type { TextRange } from "../../text/ranges.ts";

/** A mention that notifies, with its position in UTF-16 units. */
export interface LocatedMention extends TextRange {
  target: { userId: string } | { group: string; groupId?: string };
}

/** What an entity has besides its position. */
type EntityKind = Entity extends infer E ? (E extends Entity ? Omit<E, "offset" | "length"> : never) : never;
type Located = TextRange & { entity: EntityKind; text?: TextRange };

/**
 * Makes the entities of a message: in order, outer ones first, with offsets in code points.
 *
 * @param markup what the text contains; undefined for a text without markup
 */
export function entitiesOf(
  content: string,
  markup: Markup | undefined,
  mentions: readonly LocatedMention[],
): Entity[] {
  if (!markup) return [];
  const located: Located[] = [
    ...markup.quotes.map(({ from, to }) => ({ from, to, entity: { type: "quote" as const } })),
    ...markup.code.map(({ from, to, isBlock, marker, language }) => ({
      from,
      to,
      entity: isBlock
        ? { type: "codeBlock" as const, ...(language && { language }) }
        : { type: "code" as const, marker },
    })),
    ...markup.emphasis.map(({ from, to, kind, marker }) => ({ from, to, entity: { type: kind, marker } })),
    ...markup.links.map(({ from, to, url, marker, textLength }) => ({
      from,
      to,
      entity: { type: "link" as const, url },
      ...(textLength !== undefined && { text: { from: from + marker, to: from + marker + textLength } }),
    })),
    ...markup.shortcodes.map(({ from, to, name }) => ({
      from,
      to,
      entity: { type: "emoji" as const, name },
    })),
    ...mentions.map(({ from, to, target }) => ({
      from,
      to,
      entity:
        "userId" in target
          ? { type: "mention" as const, ...target }
          : { type: "groupMention" as const, ...target },
    })),
  ];
  const first = located
    .toSorted((one, other) => one.from - other.from || other.to - one.to)
    .slice(0, limits.entities);
  const offsetOf = codePointOffsets(content);
  return first.map(({ from, to, entity, text }): Entity => {
    const offset = offsetOf(from);
    const { type, ...rest } = entity;
    const shown = text && {
      textOffset: offsetOf(text.from),
      textLength: offsetOf(text.to) - offsetOf(text.from),
    };
    return Object.assign({ type, offset, length: offsetOf(to) - offset }, rest, shown) as Entity;
  });
}

/** Returns a function that converts positions in UTF-16 units to code points. */
function codePointOffsets(content: string): (at: number) => number {
  if (!/[\ud800-\udbff]/.test(content)) return (at) => at;
  const offsets = new Uint32Array(content.length + 1);
  let points = 0;
  for (let at = 0; at < content.length; at++) {
    offsets[at] = points;
    const isFirstOfPair = (content.codePointAt(at) ?? 0) > 0xff_ff;
    if (isFirstOfPair) offsets[++at] = points;
    points++;
  }
  offsets[content.length] = points;
  return (at) => offsets[at] ?? points;
}
