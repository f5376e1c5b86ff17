import { isInMail, isInPath } from "../../../text/addresses.ts";
import { mention } from "../../../text/mention-grammar.ts";
import { encodeEntities } from "./entities.ts";
import { escapable } from "./escape-markdown.ts";
import { type Piece, pairStyles, styleRun } from "./markdown-styles.ts";
import type { SlackIds } from "./slack-names.ts";

const fenceStart = /^ {0,3}(`{3,}|~{3,})/;
const quoteMarks = /^(?: {0,3}> ?)+/;

/**
 * Converts Parley's Markdown to Slack's text (mrkdwn), as bots that were written for Slack expect it. mrkdwn has no escapes: literal
 * characters that it would style, such as `\*`, stay as they are. Takes linear time for any text.
 */
export function toMrkdwn(markdown: string, ids: SlackIds): string {
  const converted: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split(/\r\n?|\n/)) {
    const [start = "", marks = ""] = fenceStart.exec(line) ?? [];
    const info = line.slice(start.length);
    if (fence !== undefined) {
      const closes = marks.startsWith(fence) && info.trim() === "";
      converted.push(closes ? "```" : encodeEntities(line));
      if (closes) fence = undefined;
    } else if (marks !== "" && !(marks.startsWith("`") && info.includes("`"))) {
      fence = marks;
      converted.push("```");
    } else {
      converted.push(convertLine(line, ids));
    }
  }
  if (fence !== undefined) converted.push("```");
  return converted.join("\n");
}

function convertLine(line: string, ids: SlackIds): string {
  const [quote = ""] = quoteMarks.exec(line) ?? [];
  const rest = line.slice(quote.length);
  return encodeEntities(quote) + new InlineParser(rest, ids).parse();
}

const escapeSequence = new RegExp(`\\\\(${escapable.source})`, "g");
const mentionHere = new RegExp(mention.source, "iuy");
const channelHere = /#([\p{L}\p{N}][\p{L}\p{N}._-]{0,79})/uy;
const bareUrlHere = /https?:\/\/[^\s<>"`|\\^{}]+/iy;
const schemeHere = /<[a-z][a-z0-9+.-]{1,30}:/iy;
const word = /[\p{L}\p{N}_]/u;
/** Nested brackets within the destination of a link. */
const maxDepth = 8;

/** Converts one line. Each method consumes what it recognizes at the current position. */
class InlineParser {
  readonly #line: string;
  readonly #ids: SlackIds;
  readonly #pieces: Piece[] = [];
  /** Of each `[` that may start a link: its piece, and where its label starts. */
  readonly #brackets: { piece: number; labelFrom: number }[] = [];
  /** Positions of runs of backticks by their length, in order, and the first of them that was not passed. */
  readonly #backtickRuns = new Map<number, { positions: number[]; next: number }>();
  #at = 0;
  #literalFrom = 0;

  constructor(line: string, ids: SlackIds) {
    this.#line = line;
    this.#ids = ids;
    for (const { index, 0: run } of line.matchAll(/`+/g)) {
      const runs = this.#backtickRuns.get(run.length) ?? { positions: [], next: 0 };
      runs.positions.push(index);
      this.#backtickRuns.set(run.length, runs);
    }
  }

  parse(): string {
    while (this.#at < this.#line.length) {
      const from = this.#at;
      const pieces = this.#recognize();
      if (pieces === undefined) {
        if (this.#at === from) this.#at++;
        continue;
      }
      this.#endLiteral(from);
      this.#pieces.push(...pieces);
      this.#literalFrom = this.#at;
    }
    this.#endLiteral(this.#line.length);
    return pairStyles(this.#pieces);
  }

  #endLiteral(to: number): void {
    if (to > this.#literalFrom)
      this.#pieces.push({ kind: "text", text: encodeEntities(this.#line.slice(this.#literalFrom, to)) });
    this.#literalFrom = to;
  }

  #recognize(): Piece[] | undefined {
    const character = this.#line.charAt(this.#at);
    switch (character) {
      case "\\":
        return this.#escape();
      case "`":
        return this.#code();
      case "*":
      case "_":
      case "~":
        return this.#style(character);
      case "<":
        return this.#autolink();
      case "[":
        this.#openBracket();
        return undefined;
      case "]":
        return this.#closeBracket();
      case "@":
        return this.#mention();
      case "#":
        return this.#channel();
      case "h":
      case "H":
        return this.#bareUrl();
      default:
        return undefined;
    }
  }

  #text = (text: string): Piece[] => [{ kind: "text", text }];

  #autolink(): Piece[] | undefined {
    schemeHere.lastIndex = this.#at;
    if (!schemeHere.test(this.#line)) return undefined;
    for (let end = this.#at + 1; end < this.#line.length; end++) {
      const character = this.#line.charAt(end);
      if (character === "<" || /\s/.test(character)) return undefined;
      if (character !== ">") continue;
      const url = this.#line.slice(this.#at + 1, end);
      this.#at = end + 1;
      return this.#text(`<${encodeEntities(url)}>`);
    }
    return undefined;
  }

  #escape(): Piece[] | undefined {
    const next = this.#line.charAt(this.#at + 1);
    if (!escapable.test(next)) return undefined;
    this.#at += 2;
    return this.#text(encodeEntities(next));
  }

  /** A code span ends with the next run of backticks of the same length. */
  #code(): Piece[] | undefined {
    let from = this.#at;
    while (this.#line.charAt(from) === "`") from++;
    const length = from - this.#at;
    const runs = this.#backtickRuns.get(length) ?? { positions: [], next: 0 };
    while ((runs.positions[runs.next] ?? Infinity) < from) runs.next++;
    const to = runs.positions[runs.next];
    if (to === undefined) {
      this.#at = from;
      return undefined;
    }
    const code = this.#line.slice(from, to);
    const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "";
    this.#at = to + length;
    // Slack's code can't contain a backtick.
    return this.#text(`\`${encodeEntities((isPadded ? code.slice(1, -1) : code).replaceAll("`", "ˋ"))}\``);
  }

  #style(character: string): Piece[] | undefined {
    const from = this.#at;
    let end = from;
    while (this.#line.charAt(end) === character) end++;
    this.#at = end;
    return styleRun(character, end - from, this.#line.charAt(from - 1), this.#line.charAt(end));
  }

  #openBracket(): void {
    this.#endLiteral(this.#at);
    this.#brackets.push({ piece: this.#pieces.length, labelFrom: this.#at + 1 });
  }

  #closeBracket(): Piece[] | undefined {
    const opener = this.#brackets.pop();
    if (!opener) return undefined;
    const found = destinationAt(this.#line, this.#at + 1);
    if (!found) return undefined;
    const label = this.#line.slice(opener.labelFrom, this.#at);
    this.#endLiteral(this.#at);
    this.#pieces.length = opener.piece;
    this.#dropImageMark();
    // A link contains no links.
    this.#brackets.length = 0;
    this.#at = found.end;
    return this.#text(
      label === ""
        ? `<${encodeEntities(found.url)}>`
        : `<${encodeEntities(found.url)}|${encodeEntities(label.replace(escapeSequence, "$1"))}>`,
    );
  }

  /** An image is shown as a link: drops the `!` before its `[`. */
  #dropImageMark(): void {
    const last = this.#pieces.at(-1);
    if (last?.kind === "text" && last.text.endsWith("!")) last.text = last.text.slice(0, -1);
  }

  #mention(): Piece[] | undefined {
    mentionHere.lastIndex = this.#at;
    const [whole = "", candidate = ""] = mentionHere.exec(this.#line) ?? [];
    if (
      whole === "" ||
      isInPath(this.#line, this.#at, this.#at + whole.length) ||
      isInMail(this.#line, this.#at, candidate)
    )
      return undefined;
    for (let name = candidate.toLowerCase(); ; name = name.slice(0, -1)) {
      const text = this.#mentionOf(name);
      if (text !== undefined) {
        this.#at += 1 + name.length;
        return this.#text(text);
      }
      if (!/.[._-]$/.test(name)) return undefined;
    }
  }

  #mentionOf(name: string): string | undefined {
    if (name === "channel" || name === "here") return `<!${name}>`;
    const userId = this.#ids.userIdOf(name);
    if (userId !== undefined) return `<@${userId}>`;
    const groupId = this.#ids.groupIdOf(name);
    return groupId === undefined ? undefined : `<!subteam^${groupId}>`;
  }

  #channel(): Piece[] | undefined {
    if (/[\p{L}\p{N}_#&/]/u.test(this.#line.charAt(this.#at - 1))) return undefined;
    channelHere.lastIndex = this.#at;
    const [, candidate = ""] = channelHere.exec(this.#line) ?? [];
    for (let name = candidate; name !== ""; name = name.slice(0, -1)) {
      const id = this.#ids.channelIdOf(name.toLowerCase());
      if (id !== undefined) {
        this.#at += 1 + name.length;
        return this.#text(`<#${id}|${name}>`);
      }
      if (!/.[._-]$/.test(name)) return undefined;
    }
    return undefined;
  }

  #bareUrl(): Piece[] | undefined {
    if (word.test(this.#line.charAt(this.#at - 1))) return undefined;
    bareUrlHere.lastIndex = this.#at;
    const [found] = bareUrlHere.exec(this.#line) ?? [];
    if (found === undefined) return undefined;
    const url = withoutTrailingPunctuation(found);
    this.#at += url.length;
    return this.#text(`<${encodeEntities(url)}>`);
  }
}

/** Removes punctuation of the sentence from the end of a URL, and a closing bracket that was not opened within it. */
function withoutTrailingPunctuation(url: string): string {
  let end = url.length;
  let unopened = 0;
  for (const character of url) {
    if (character === "(") unopened--;
    else if (character === ")") unopened++;
  }
  for (; end > 0; end--) {
    const last = url.charAt(end - 1);
    if (last === ")" && unopened > 0) unopened--;
    else if (!/[.,;:!?'*_~\]]/.test(last)) break;
  }
  return url.slice(0, end);
}

/** Parses the destination of a link, `(url)` or `(<url> "title")`, at a position. */
function destinationAt(line: string, at: number): { url: string; end: number } | undefined {
  if (line.charAt(at) !== "(") return undefined;
  let depth = 0;
  for (let position = at; position < line.length; position++) {
    const character = line.charAt(position);
    if (character === "(" && ++depth > maxDepth) return undefined;
    if (character !== ")" || --depth > 0) continue;
    const [target = ""] = line
      .slice(at + 1, position)
      .trim()
      .split(/\s/, 1);
    const url = target.startsWith("<") && target.endsWith(">") ? target.slice(1, -1) : target;
    return /^[a-z][a-z0-9+.-]{1,30}:./i.test(url) ? { url, end: position + 1 } : undefined;
  }
  return undefined;
}
