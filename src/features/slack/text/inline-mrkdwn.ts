import { type ControlText, convertControlSequence } from "./control-sequence.ts";
import { decodeEntities } from "./entities.ts";
import { escapeMarkdown } from "./escape-markdown.ts";
import { pairMarks, type StyleMark } from "./pair-marks.ts";
import type { SlackNames } from "./slack-names.ts";

export interface MrkdwnOptions {
  names: SlackNames;
  /** Whether `@name` in plain text mentions, as Slack's `link_names` requests. Default: only `<@U…>` and `<!here>` do. */
  linkNames?: boolean;
}

/** A part of a line: literal text, finished Markdown, or a character that may start or end a style. */
type Part =
  | { kind: "literal"; text: string }
  | { kind: "markdown"; text: string }
  | ({ kind: "delimiter" } & StyleMark);
type Delimiter = Extract<Part, { kind: "delimiter" }>;

const markup: Record<string, string> = { "*": "**", _: "_", "~": "~~" };

/** Converts one line of Slack's text to Markdown. Takes linear time. */
export function convertLine(line: string, options: MrkdwnOptions): string {
  const parts = parse(line, options.names);
  pairMarks(parts.filter((part) => part.kind === "delimiter"));
  return render(parts, options);
}

function parse(line: string, names: SlackNames): Part[] {
  const parts: Part[] = [];
  let literalFrom = 0;
  const endLiteral = (to: number): void => {
    if (to > literalFrom) parts.push({ kind: "literal", text: decodeEntities(line.slice(literalFrom, to)) });
  };
  const lastBacktick = line.lastIndexOf("`");
  for (let at = 0; at < line.length;) {
    const character = line.charAt(at);
    let end = at + 1;
    let part: Part | undefined;
    if (character === "<") {
      const close = endOfSequence(line, at);
      const converted = close === -1 ? undefined : convertControlSequence(line.slice(at + 1, close), names);
      if (converted) {
        end = close + 1;
        part = {
          kind: "markdown",
          text: delimitUrl(converted.markdown, line.charAt(at - 1), line.charAt(end)),
        };
      }
    } else if (character === "`" && at < lastBacktick) {
      const close = line.indexOf("`", at + 1);
      if (close > at + 1) [part, end] = [codeSpan(line.slice(at + 1, close), names), close + 1];
    } else if (character in markup) {
      part = delimiterAt(line, at);
    }
    if (part) {
      endLiteral(at);
      parts.push(part);
      literalFrom = end;
    }
    at = end;
  }
  endLiteral(line.length);
  return parts;
}

/** Encloses a bare URL in angle brackets if it would absorb the text after it, or is not the start of a word. */
const delimitUrl = (markdown: string, previous: string, next: string): string =>
  /^https?:/.test(markdown) && (/\S/.test(next) || /[^\s(]/.test(previous)) ? `<${markdown}>` : markdown;

/** Returns the position of the `>` that ends the sequence at `at`; -1 if another `<`, or the end of the line, comes first. */
function endOfSequence(line: string, at: number): number {
  for (let position = at + 1; position < line.length; position++) {
    const character = line.charAt(position);
    if (character === ">") return position;
    if (character === "<") return -1;
  }
  return -1;
}

const codeSpan = (code: string, names: SlackNames): Part => ({
  kind: "markdown",
  text: `\`${plainText(code, names)}\``,
});

/** Converts Slack's text in which only control sequences and entities have a meaning, as in code. */
export function plainText(text: string, names: SlackNames): string {
  let plain = "";
  let from = 0;
  for (let at = text.indexOf("<"); at !== -1; at = text.indexOf("<", Math.max(from, at + 1))) {
    const close = endOfSequence(text, at);
    const converted: ControlText | undefined =
      close === -1 ? undefined : convertControlSequence(text.slice(at + 1, close), names);
    if (!converted) continue;
    plain += decodeEntities(text.slice(from, at)) + converted.plain;
    from = close + 1;
  }
  return plain + decodeEntities(text.slice(from));
}

const blank = /\s/;
/** A style starts and ends at the boundary of a word. */
const word = /[\p{L}\p{N}]/u;

function delimiterAt(line: string, at: number): Delimiter {
  const text = line.charAt(at);
  const previous = line.charAt(at - 1);
  const next = line.charAt(at + 1);
  // A doubled mark, as in Markdown, is literal.
  const isSingle = previous !== text && next !== text;
  const opens = isSingle && next !== "" && !blank.test(next) && !word.test(previous);
  const closes = isSingle && previous !== "" && !blank.test(previous) && !word.test(next);
  return { kind: "delimiter", text, opens, closes };
}

/** Joins the parts. Delimiters without a partner belong to the literal text around them. */
function render(parts: Part[], { linkNames = false }: MrkdwnOptions): string {
  let output = "";
  let literal = "";
  const endLiteral = (after: string): void => {
    if (literal !== "")
      output += escapeMarkdown(literal, { before: output, after, keepsMentions: linkNames });
    literal = "";
  };
  for (const part of parts) {
    if (part.kind === "literal" || (part.kind === "delimiter" && !part.isPaired)) {
      literal += part.text;
      continue;
    }
    const text = part.kind === "delimiter" ? (markup[part.text] ?? "") : part.text;
    endLiteral(text);
    output += text;
  }
  endLiteral("");
  return output;
}
