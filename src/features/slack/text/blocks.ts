import { escapeLines, escapeMarkdown, markdownLink } from "./escape-markdown.ts";
import { fromMrkdwn } from "./from-mrkdwn.ts";
import type { MrkdwnOptions } from "./inline-mrkdwn.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringOf } from "./json-values.ts";
import { richTextToMarkdown } from "./rich-text.ts";

/** Blocks of one message, as in Slack. */
const maxBlocks = 50;

/** Whether the value has the shape of Slack's blocks: at most `maxBlocks` objects, each with a `type`. */
export const areBlocks = (value: unknown): value is JsonObject[] =>
  Array.isArray(value) &&
  value.length <= maxBlocks &&
  value.every((block) => isObject(block) && typeof block.type === "string" && block.type !== "");

/**
 * Flattens Block Kit to Markdown. Interactive elements become their labels, and those with a URL links. Blocks of an unknown type
 * contribute their `text`, if they have one. The nesting that is read is fixed, so that no input causes deep recursion.
 *
 * Source: https://docs.slack.dev/reference/block-kit/blocks
 */
export function blocksToMarkdown(blocks: readonly JsonObject[], options: MrkdwnOptions): string {
  return blocks
    .map((block) => blockToMarkdown(block, options).replace(/^\n+/, "").trimEnd())
    .filter((text) => text !== "")
    .join("\n\n");
}

function blockToMarkdown(block: JsonObject, options: MrkdwnOptions): string {
  switch (block.type) {
    case "header":
      return heading(textOf(block.text));
    case "section":
      return section(block, options);
    case "context":
      return join(
        objectsOf(block.elements).map((element) => contextElement(element, options), options),
        " ",
      );
    case "divider":
      return "---";
    case "image":
      return image(block);
    case "video":
      return markdownLink(stringOf(block.title_url) || stringOf(block.video_url), textOf(block.title));
    case "actions":
    case "context_actions":
      return join(objectsOf(block.elements).map(interactive), " ");
    case "input":
      return join([escapeLines(textOf(block.label)), interactive(objectOf(block.element))], ": ");
    case "rich_text":
      return richTextToMarkdown(block, options.names);
    case "markdown":
      return stringOf(block.text);
    case "table":
      return table(block, options);
    default:
      return textObject(block.text, options);
  }
}

/** Joins the lines of a text by blanks. */
export const oneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");

const heading = (text: string): string => (text.trim() === "" ? "" : `**${escapeMarkdown(oneLine(text))}**`);

/** Fields are shown below the text, each on its own lines. The accessory is last. */
function section({ text, fields, accessory }: JsonObject, options: MrkdwnOptions): string {
  return join(
    [
      textObject(text, options),
      ...objectsOf(fields).map((field) => textObject(field, options)),
      interactive(objectOf(accessory)),
    ],
    "\n",
  );
}

const contextElement = (element: JsonObject, options: MrkdwnOptions): string =>
  element.type === "image" ? image(element) : textObject(element, options);

function image({ image_url, slack_file, alt_text, title }: JsonObject): string {
  const url = stringOf(image_url) || stringOf(objectOf(slack_file).url);
  const label = textOf(title) || stringOf(alt_text);
  return url === "" ? escapeMarkdown(label) : markdownLink(url, label || undefined);
}

/** Formats a button, a menu or another element. A person can't use it here, except for its URL. */
function interactive(element: JsonObject): string {
  switch (element.type) {
    case undefined:
      return "";
    case "image":
      return image(element);
    case "button":
    case "workflow_button": {
      const url = stringOf(element.url);
      return url === "" ? bracketed(textOf(element.text)) : markdownLink(url, textOf(element.text));
    }
    default:
      return bracketed(textOf(element.text) || textOf(element.placeholder));
  }
}

const bracketed = (label: string): string => (label.trim() === "" ? "" : `[${escapeMarkdown(label.trim())}]`);

/** Formats a table as lines of cells. */
const table = ({ rows }: JsonObject, { names }: MrkdwnOptions): string =>
  (Array.isArray(rows) ? rows : [])
    .map((row) =>
      objectsOf(row)
        .map((cell) =>
          cell.type === "rich_text"
            ? oneLine(richTextToMarkdown(cell, names))
            : escapeMarkdown(stringOf(cell.text)),
        )
        .join(" | "),
    )
    .join("\n");

/** Returns the literal text of a text object, or of a text in its place. */
const textOf = (value: unknown): string => (isObject(value) ? stringOf(value.text) : stringOf(value));

/** Converts a text object: `mrkdwn` or `plain_text`. */
function textObject(value: unknown, options: MrkdwnOptions): string {
  if (isObject(value) && value.type === "plain_text") return escapeLines(stringOf(value.text));
  return fromMrkdwn(textOf(value), options);
}

const join = (texts: string[], separator: string): string =>
  texts.filter((text) => text !== "").join(separator);
