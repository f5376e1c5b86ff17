import {
  channelMention,
  formatTimestamp,
  groupHandle,
  groupMention,
  userMention,
} from "./control-sequence.ts";
import { escapeMarkdown, markdownLink } from "./escape-markdown.ts";
import { type JsonObject, objectOf, objectsOf, stringOf } from "./json-values.ts";
import type { SlackNames } from "./slack-names.ts";

/** Deepest indentation of a list, as in Slack. */
const maxIndent = 8;

/**
 * Converts a `rich_text` block to Markdown.
 *
 * Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export function richTextToMarkdown(block: JsonObject, names: SlackNames): string {
  return objectsOf(block.elements)
    .map((element) => container(element, names))
    .filter((text) => text !== "")
    .join("\n");
}

function container(element: JsonObject, names: SlackNames): string {
  switch (element.type) {
    case "rich_text_section":
      return inlineLines(element, names);
    case "rich_text_quote":
      return prefixLines(inlineLines(element, names), "> ");
    case "rich_text_preformatted":
      return `\`\`\`\n${plainTextOf(element)}\n\`\`\``;
    case "rich_text_list":
      return list(element, names);
    default:
      return "";
  }
}

function list(element: JsonObject, names: SlackNames): string {
  const indent = "    ".repeat(boundedInt(element.indent, maxIndent));
  const first = boundedInt(element.offset, 999_999) + 1;
  return objectsOf(element.elements)
    .map((item, index) => {
      const marker = element.style === "ordered" ? `${first + index}. ` : "- ";
      const text = inlineLines(item, names).replaceAll("\n", `\n${indent}  `);
      return `${indent}${marker}${text}`;
    })
    .join("\n");
}

const boundedInt = (value: unknown, max: number): number =>
  typeof value === "number" && value > 0 ? Math.min(max, Math.floor(value)) : 0;

const prefixLines = (text: string, prefix: string): string =>
  text
    .split("\n")
    .map((line) => `${prefix}${line}`)
    .join("\n");

const inlineLines = (element: JsonObject, names: SlackNames): string =>
  objectsOf(element.elements)
    .map((item) => inline(item, names))
    .join("");

/** Returns the text of preformatted elements, which have no styles. */
const plainTextOf = (element: JsonObject): string =>
  objectsOf(element.elements)
    .map((item) => stringOf(item.text) || stringOf(item.url))
    .join("")
    .replaceAll("```", "`\u200b``");

function inline(element: JsonObject, names: SlackNames): string {
  const style = objectOf(element.style);
  switch (element.type) {
    case "text":
      return styled(stringOf(element.text), style);
    case "link":
      return wrap(markdownLink(stringOf(element.url), stringOf(element.text) || undefined), style);
    case "user":
      return wrap(userMention(stringOf(element.user_id), "", names).markdown, style);
    case "channel":
      return wrap(channelMention(stringOf(element.channel_id), "", names).markdown, style);
    case "usergroup":
      return wrap(groupHandle(stringOf(element.usergroup_id), "", names).markdown, style);
    case "broadcast":
      return wrap(groupMention(stringOf(element.range)) ?? "", style);
    case "emoji":
      return emoji(element);
    case "date":
      return escapeMarkdown(stringOf(element.fallback) || formatTimestamp(stringOf(element.timestamp)));
    case "color":
      return escapeMarkdown(stringOf(element.value));
    default:
      return "";
  }
}

/** Formats an emoji as its characters, which Slack sends as hexadecimal code points, or else as `:name:`. */
function emoji({ unicode, name }: JsonObject): string {
  const codePoints = stringOf(unicode)
    .slice(0, 64)
    .split("-")
    .map((hex) => (/^[0-9a-f]{1,6}$/i.test(hex) ? Number.parseInt(hex, 16) : -1));
  const isValid = codePoints.every(
    (point) => point > 0 && point <= 0x10_ff_ff && !(point >= 0xd8_00 && point <= 0xdf_ff),
  );
  return isValid ? String.fromCodePoint(...codePoints) : `:${escapeMarkdown(stringOf(name))}:`;
}

/** Styles literal text. The marks enclose each line's text without the blanks around it, since Markdown ignores them next to blanks. */
function styled(text: string, style: JsonObject): string {
  if (!Object.values(style).includes(true)) return escapeMarkdown(text);
  return text
    .split("\n")
    .map((line) => {
      const core = line.trim();
      if (core === "") return line;
      const from = line.indexOf(core);
      const body = style.code === true ? codeSpan(core) : escapeMarkdown(core);
      return line.slice(0, from) + wrap(body, style) + line.slice(from + core.length);
    })
    .join("\n");
}

/** Formats code in a span that is delimited by more backticks than the code contains in a row. */
function codeSpan(code: string): string {
  const longest = Math.max(0, ...Array.from(code.matchAll(/`+/g), ([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return longest > 0 ? `${marks} ${code} ${marks}` : `${marks}${code}${marks}`;
}

function wrap(markdown: string, style: JsonObject): string {
  let text = markdown;
  if (text === "") return "";
  if (style.strike === true) text = `~~${text}~~`;
  if (style.italic === true) text = `_${text}_`;
  if (style.bold === true) text = `**${text}**`;
  return text;
}
