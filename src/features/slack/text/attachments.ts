import { escapeMarkdown, isLinkable, markdownLink } from "./escape-markdown.ts";
import { areBlocks, blocksToMarkdown, oneLine } from "./blocks.ts";
import { formatTimestamp } from "./control-sequence.ts";
import { fromMrkdwn } from "./from-mrkdwn.ts";
import type { MrkdwnOptions } from "./inline-mrkdwn.ts";
import { type JsonObject, objectsOf, stringOf } from "./json-values.ts";

/** Attachments of one message, as in Slack. */
export const maxAttachments = 100;

/**
 * Flattens Slack's legacy attachments to Markdown, in the order in which Slack shows their parts. An attachment without any shown part is
 * represented by its `fallback`.
 *
 * Source: https://docs.slack.dev/messaging/formatting-message-text#attachments
 */
export const attachmentsToMarkdown = (attachments: readonly JsonObject[], options: MrkdwnOptions): string =>
  attachments
    .map((attachment) => attachmentToMarkdown(attachment, options))
    .filter((text) => text !== "")
    .join("\n\n");

function attachmentToMarkdown(attachment: JsonObject, options: MrkdwnOptions): string {
  const mrkdwn = (value: unknown): string => fromMrkdwn(stringOf(value), options).trim();
  const parts = [
    mrkdwn(attachment.pretext),
    linked(attachment.author_name, attachment.author_link),
    title(attachment, options),
    mrkdwn(attachment.text),
    ...objectsOf(attachment.fields).map((field) => fieldToMarkdown(field, options)),
    areBlocks(attachment.blocks) ? blocksToMarkdown(attachment.blocks, options) : "",
    ...actionsToMarkdown(attachment.actions),
    linked(attachment.image_url, attachment.image_url),
    footer(attachment),
  ].filter((text) => text !== "");
  return parts.length > 0 ? parts.join("\n") : escapeMarkdown(stringOf(attachment.fallback)).trim();
}

/** Formats the links and labels of buttons. */
export const actionsToMarkdown = (actions: unknown): string[] =>
  objectsOf(actions).map(({ text, url }) => linked(text, url));

/** Slack's text in which a title may contain links and entities, but Slack shows no styles. */
function title(attachment: JsonObject, options: MrkdwnOptions): string {
  const text = stringOf(attachment.title).trim();
  const url = stringOf(attachment.title_link);
  if (text === "") return "";
  return isLinkable(url) ? `**${markdownLink(url, text)}**` : `**${fromMrkdwn(oneLine(text), options)}**`;
}

/** Formats literal text, with a link if there is a URL. */
function linked(text: unknown, url: unknown): string {
  const label = oneLine(stringOf(text).trim());
  if (label === "") return "";
  return stringOf(url) === "" ? escapeMarkdown(label) : markdownLink(stringOf(url), label);
}

/** Formats a field as `**title**: value`, or on two lines if the value has several. */
export function fieldToMarkdown(field: JsonObject, options: MrkdwnOptions): string {
  const name = oneLine(stringOf(field.title).trim());
  const value = fromMrkdwn(stringOf(field.value), options).trim();
  if (name === "") return value;
  const label = `**${escapeMarkdown(name)}**`;
  return value === "" ? label : `${label}:${value.includes("\n") ? "\n" : " "}${value}`;
}

function footer({ footer: text, ts }: JsonObject): string {
  const at = stringOf(ts) === "" ? "" : formatTimestamp(stringOf(ts).split(".", 1)[0] ?? "");
  return [stringOf(text).trim(), at]
    .filter((part) => part !== "")
    .map((part) => escapeMarkdown(oneLine(part)))
    .join(" · ");
}
