import type { Entity, Message } from "../../../protocol/index.ts";
import { slackUserId } from "../ids.ts";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Escapes the three characters that Slack's texts reserve. */
export const escapeText = (text: string): string =>
  text.replaceAll(/[&<>]/g, (character) => escapes[character] ?? character);

const marks = { bold: "*", italic: "_", strike: "~", code: "`" } as const;

/**
 * Returns the text of a message in Slack's mrkdwn. It is made from the entities that were computed when the message was written, so that no
 * text is parsed.
 */
export function mrkdwnOf({ content, entities = [] }: Pick<Message, "content" | "entities">): string {
  if (entities.length === 0) return escapeText(content);
  const points = [...content];
  const out = new Replacements();
  // Outer entities come first.
  for (const entity of entities) replace(out, entity);
  return out.apply(points);
}

/** What is inserted before positions of a text, and which of its code points are left out. */
class Replacements {
  readonly #openings = new Map<number, string>();
  readonly #closings = new Map<number, string>();
  readonly #left = new Set<number>();

  /** Replaces a range by text before it and text after it; both may be empty. */
  range(from: number, to: number, text: string): void {
    this.open(from, text);
    for (let at = from; at < to; at++) this.#left.add(at);
  }

  open(at: number, text: string): void {
    this.#openings.set(at, (this.#openings.get(at) ?? "") + text);
  }

  /** Text before a position at which a range ends. Inner ranges end first. */
  close(at: number, text: string): void {
    this.#closings.set(at, text + (this.#closings.get(at) ?? ""));
  }

  leave(from: number, to: number): void {
    for (let at = from; at < to; at++) this.#left.add(at);
  }

  apply(points: readonly string[]): string {
    let text = "";
    for (let at = 0; at <= points.length; at++) {
      text += (this.#closings.get(at) ?? "") + (this.#openings.get(at) ?? "");
      if (at < points.length && !this.#left.has(at)) text += escapeText(points[at] ?? "");
    }
    return text;
  }
}

function replace(out: Replacements, entity: Entity): void {
  const { offset, length } = entity;
  const end = offset + length;
  switch (entity.type) {
    case "bold":
    case "italic":
    case "strike":
    case "code": {
      const mark = marks[entity.type];
      out.open(offset, mark);
      out.leave(offset, offset + entity.marker);
      out.leave(end - entity.marker, end);
      out.close(end, mark);
      return;
    }
    case "mention":
      return out.range(offset, end, `<@${slackUserId(entity.userId)}>`);
    case "groupMention":
      return out.range(offset, end, `<!${entity.group}>`);
    case "link": {
      const { url, textOffset, textLength } = entity;
      if (textOffset === undefined || textLength === undefined)
        return out.range(offset, end, `<${escapeText(url)}>`);
      out.open(offset, `<${escapeText(url)}|`);
      out.leave(offset, textOffset);
      out.leave(textOffset + textLength, end);
      out.close(end, ">");
      return;
    }
    // The same in both forms.
    default:
  }
}
