import type { MessageAttachment } from "../../../protocol/index.ts";
import { limits } from "../../../protocol/limits.ts";
import { attachmentsToMarkdown, maxAttachments } from "./attachments.ts";
import { areBlocks, blocksToMarkdown } from "./blocks.ts";
import { decodeEntities } from "./entities.ts";
import { escapeLines, truncate } from "./escape-markdown.ts";
import { fromMrkdwn } from "./from-mrkdwn.ts";
import type { MrkdwnOptions } from "./inline-mrkdwn.ts";
import { type JsonObject, objectsOf, stringOf } from "./json-values.ts";
import { mentionsOnlyIn, toNativeAttachments } from "./native-attachments.ts";

/** The fields of a message in Slack's format that determine its text. They are read leniently, except for the shape of `blocks`. */
export interface SlackMessageFields {
  text?: unknown;
  blocks?: unknown;
  attachments?: unknown;
  /** False: `text` is literal. */
  mrkdwn?: unknown;
}

export interface SlackMessageText {
  /** Parley's Markdown of at most `limits.contentLength` code points. May be empty. */
  content: string;
  /** The attachments; undefined if there are none. A message without them and without `content` shows nothing. */
  attachments?: MessageAttachment[];
  /** A text was longer and has been cut. */
  isTruncated: boolean;
  /** The blocks for `metadata`; undefined without blocks, or if they are too large. */
  blocks?: JsonObject[];
  /** The blocks are larger than `maxKeptBytes` as JSON, and are not kept. */
  areBlocksDropped: boolean;
}

/** Blocks up to this size as JSON are kept beside the text. Message metadata has the same limit. */
const maxKeptBytes = 4_096;

/** Metadata that holds the original blocks. It leaves room for the object around them. */
const envelopeBytes = 64;

export interface SlackTextOptions extends MrkdwnOptions {
  /** Whether attachments become text too, for senders who may not have attachments. */
  flattensAttachments?: boolean;
}

/**
 * Converts the content of a message in Slack's format: `blocks` if there are any, otherwise `text`, and `attachments`. As in Slack, the
 * `text` of a message with blocks is only a fallback. Attachments beyond the limits of a message become text.
 *
 * @returns the error `invalid_blocks`, or `too_many_attachments`, under the name that Slack gives it
 */
export function slackMessageText(
  fields: SlackMessageFields,
  options: SlackTextOptions,
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
  const native = options.flattensAttachments
    ? { attachments: [], rest: attachmentList, isTruncated: false }
    : toNativeAttachments(attachmentList, options);
  const shown = [main.trimEnd(), attachmentsToMarkdown(native.rest, options)]
    .filter((part) => part.trim() !== "")
    .join("\n\n");
  const mentions = mentionsOnlyIn(native.attachments, shown).join(" ");
  const whole = [shown, mentions].filter((part) => part !== "").join("\n\n");
  const clean = whole.replaceAll("\0", "").toWellFormed();
  const content = truncate(clean, limits.contentLength);
  const isKept =
    hasBlocks && new TextEncoder().encode(JSON.stringify(blocks)).length <= maxKeptBytes - envelopeBytes;
  return {
    content,
    ...(native.attachments.length > 0 && { attachments: native.attachments }),
    isTruncated: content !== clean || native.isTruncated,
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
