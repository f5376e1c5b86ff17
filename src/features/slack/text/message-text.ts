import { limits } from "../../../protocol/limits.ts";
import { attachmentsToMarkdown, maxAttachments } from "./attachments.ts";
import { areBlocks, blocksToMarkdown } from "./blocks.ts";
import { decodeEntities } from "./entities.ts";
import { escapeLines } from "./escape-markdown.ts";
import { fromMrkdwn } from "./from-mrkdwn.ts";
import type { MrkdwnOptions } from "./inline-mrkdwn.ts";
import { type JsonObject, objectsOf, stringOf } from "./json-values.ts";

/** The fields of a message in Slack's format that determine its text. They are read leniently, except for the shape of `blocks`. */
export interface SlackMessageFields {
  text?: unknown;
  blocks?: unknown;
  attachments?: unknown;
  /** False: `text` is literal. */
  mrkdwn?: unknown;
}

export interface SlackMessageText {
  /** Parley's Markdown of at most `limits.contentLength` code points. Empty if the message shows nothing. */
  content: string;
  /** The text was longer and has been cut. */
  isTruncated: boolean;
  /** The blocks for `metadata`; undefined without blocks, or if they are too large. */
  blocks?: JsonObject[];
  /** The blocks are larger than `maxKeptBytes` as JSON, and are not kept. */
  areBlocksDropped: boolean;
}

/** Blocks up to this size as JSON are kept beside the text. Message metadata has the same limit. */
export const maxKeptBytes = 4_096;

/** Metadata that holds the original blocks. It leaves room for the object around them. */
const envelopeBytes = 64;

/**
 * Converts the content of a message in Slack's format: `blocks` if there are any, otherwise `text`, then `attachments`. As in Slack, the
 * `text` of a message with blocks is only a fallback.
 *
 * @returns the error `invalid_blocks`, or `too_many_attachments`, under the name that Slack gives it
 */
export function slackMessageText(
  fields: SlackMessageFields,
  options: MrkdwnOptions,
): SlackMessageText | { error: "invalid_blocks" | "too_many_attachments" } {
  const blocks = parsedIfText(fields.blocks);
  const attachments = parsedIfText(fields.attachments);
  const hasBlocks =
    blocks !== undefined && blocks !== null && !(Array.isArray(blocks) && blocks.length === 0);
  if (hasBlocks && !areBlocks(blocks)) return { error: "invalid_blocks" };
  const attachmentList = objectsOf(attachments);
  if (attachmentList.length > maxAttachments) return { error: "too_many_attachments" };

  const text = stringOf(fields.text);
  const fallback = fields.mrkdwn === false ? escapeLines(decodeEntities(text)) : fromMrkdwn(text, options);
  const main = hasBlocks ? blocksToMarkdown(blocks, options) || fallback : fallback;
  const whole = [main.trimEnd(), attachmentsToMarkdown(attachmentList, options)]
    .filter((part) => part.trim() !== "")
    .join("\n\n");
  const clean = whole.replaceAll("\0", "").toWellFormed();
  const content = truncate(clean, limits.contentLength);
  const isKept =
    hasBlocks && new TextEncoder().encode(JSON.stringify(blocks)).length <= maxKeptBytes - envelopeBytes;
  return {
    content,
    isTruncated: content !== clean,
    ...(isKept && { blocks }),
    areBlocksDropped: hasBlocks && !isKept,
  };
}

/** In forms, Slack's clients send arrays as JSON text. */
function parsedIfText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (value.trim() === "") return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Cuts a text to `max` code points, with an ellipsis. An open code block is closed. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text.slice(0, 2 * max + 2));
  if (points.length <= max) return text;
  const suffix = "\n```";
  const kept = points.slice(0, max - 1 - suffix.length).join("");
  const fences = kept.match(/^```/gm)?.length ?? 0;
  return fences % 2 === 1 ? `${kept}…${suffix}` : `${points.slice(0, max - 1).join("")}…`;
}
