import { defined } from "../../../lib/defined.ts";
import { HttpUrl, limits, type MessageAttachment, NewAttachment } from "../../../protocol/index.ts";
import { parseMarkup } from "../../../text/markup.ts";
import { mention } from "../../../text/mention-grammar.ts";
import { isEscaped } from "../../../text/ranges.ts";
import { actionsToMarkdown, fieldToMarkdown } from "./attachments.ts";
import { areBlocks, blocksToMarkdown, oneLine } from "./blocks.ts";
import { escapeLines, truncate } from "./escape-markdown.ts";
import { fromMrkdwn } from "./from-mrkdwn.ts";
import { type MrkdwnOptions, plainText } from "./inline-mrkdwn.ts";
import { type JsonObject, objectsOf, stringOf } from "./json-values.ts";

export interface NativeAttachments {
  attachments: MessageAttachment[];
  /** Attachments beyond the limits of a message. */
  rest: JsonObject[];
  /** A part was longer than permitted and has been cut. */
  isTruncated: boolean;
}

/**
 * Converts Slack's legacy attachments to ours, as many as one message can have: their Markdown from Slack's text, titles as plain text. An
 * attachment that shows nothing is represented by its `fallback`, or is left out. Invalid colours, times and URLs are left out.
 *
 * Source: https://docs.slack.dev/reference/messaging/attachments
 */
export function toNativeAttachments(list: readonly JsonObject[], options: MrkdwnOptions): NativeAttachments {
  const attachments: MessageAttachment[] = [];
  let bytes = 2;
  let isTruncated = false;
  for (const [index, attachment] of list.entries()) {
    const converter = new AttachmentConverter(attachment, options);
    const converted = converter.convert();
    if (!converted) continue;
    bytes += new TextEncoder().encode(JSON.stringify(converted)).length + 1;
    if (attachments.length === limits.attachments || bytes > limits.attachmentBytes)
      return { attachments, rest: list.slice(index), isTruncated };
    isTruncated ||= converter.isTruncated;
    attachments.push(converted);
  }
  return { attachments, rest: [], isTruncated };
}

class AttachmentConverter {
  isTruncated = false;
  readonly #given: JsonObject;
  readonly #options: MrkdwnOptions;

  constructor(given: JsonObject, options: MrkdwnOptions) {
    this.#given = given;
    this.#options = options;
  }

  /** Returns the attachment; undefined if it shows nothing. */
  convert(): MessageAttachment | undefined {
    const { fallback, color } = this.#given;
    const shown = this.#shown();
    const plainFallback = this.#cut(plainText(stringOf(fallback), this.#options.names).trim());
    if (Object.keys(shown).length === 0) {
      if (plainFallback === "") return undefined;
      shown.text = this.#cut(escapeLines(plainFallback));
    }
    const all = { color: colorOf(stringOf(color).trim()), fallback: plainFallback || undefined };
    return NewAttachment.safeParse({ ...shown, ...defined(all) }).data;
  }

  /** Returns the parts that clients show. A URL without the text that it links, and the time alone, show nothing. */
  #shown(): MessageAttachment {
    const {
      pretext,
      title,
      title_link: titleLink,
      author_name: author,
      author_link: authorLink,
    } = this.#given;
    const { image_url: image, thumb_url: thumbnail, footer, footer_icon: footerIcon, ts } = this.#given;
    const { fields, lines } = this.#fields();
    const shown: MessageAttachment = defined({
      pretext: this.#markdown(pretext),
      authorName: this.#line(author),
      title: this.#line(title),
      text: this.#cut([this.#text(), ...lines].filter((part) => part !== "").join("\n")) || undefined,
      fields: fields.length > 0 ? fields : undefined,
      imageUrl: urlOf(image),
      thumbnailUrl: urlOf(thumbnail),
      footer: this.#line(footer),
    });
    if (Object.keys(shown).length === 0) return {};
    const urls = {
      authorUrl: shown.authorName === undefined ? undefined : urlOf(authorLink),
      titleUrl: shown.title === undefined ? undefined : (urlOf(titleLink) ?? urlOf(linkIn(stringOf(title)))),
      footerIconUrl: shown.footer === undefined ? undefined : urlOf(footerIcon),
      at: timeOf(stringOf(ts)),
    };
    return { ...shown, ...defined(urls) };
  }

  /** Returns the text, with the parts for which our attachments have no field: blocks, and links and labels of buttons. */
  #text(): string {
    const { text, blocks, actions } = this.#given;
    return [
      fromMrkdwn(stringOf(text), this.#options).trim(),
      areBlocks(blocks) ? blocksToMarkdown(blocks, this.#options) : "",
      ...actionsToMarkdown(actions),
    ]
      .filter((part) => part !== "")
      .join("\n");
  }

  /** Returns the fields, and lines for those beyond the limit and for titles without a value. */
  #fields(): { fields: NonNullable<MessageAttachment["fields"]>; lines: string[] } {
    const fields: NonNullable<MessageAttachment["fields"]> = [];
    const lines: string[] = [];
    for (const field of objectsOf(this.#given.fields)) {
      const title = this.#line(field.title);
      const value = this.#markdown(field.value);
      if (value === undefined || fields.length === limits.attachmentFields)
        lines.push(fieldToMarkdown(field, this.#options));
      else
        fields.push({
          ...(title !== undefined && { title }),
          value,
          ...(field.short === true && { short: true }),
        });
    }
    return { fields, lines };
  }

  #markdown(value: unknown): string | undefined {
    return this.#cut(fromMrkdwn(stringOf(value), this.#options).trim()) || undefined;
  }

  /** Returns a title as plain text of one line. */
  #line(value: unknown): string | undefined {
    const plain = oneLine(plainText(stringOf(value), this.#options.names));
    const clean = plain.replace(/[\p{Cc}\u2028\u2029]/gu, " ").trim();
    return this.#cut(clean, limits.attachmentTitleLength) || undefined;
  }

  #cut(text: string, max: number = limits.attachmentTextLength): string {
    const clean = text.replaceAll("\0", "").toWellFormed();
    const cut = truncate(clean, max);
    this.isTruncated ||= cut !== clean;
    return cut;
  }
}

const urlOf = (value: unknown): string | undefined => HttpUrl.safeParse(stringOf(value).trim()).data;

/** Returns the URL of a title that is one link in Slack's text. */
const linkIn = (title: string): string | undefined =>
  /^<(https?:[^<>|]+)(?:\|[^<>]*)?>$/.exec(title.trim())?.[1];

function colorOf(color: string): string | undefined {
  if (color === "good" || color === "warning" || color === "danger") return color;
  const [, digits] = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(color) ?? [];
  if (digits === undefined) return undefined;
  return `#${digits.length === 3 ? digits.replaceAll(/./g, "$&$&") : digits}`;
}

/** Returns a time in seconds since 1970 as ISO 8601. */
function timeOf(seconds: string): string | undefined {
  if (!/^\d{1,11}(?:\.\d{1,9})?$/.test(seconds)) return undefined;
  return new Date(Math.floor(Number(seconds)) * 1_000).toISOString();
}

/** Mentions that are repeated. */
const maxRepeated = 50;

/**
 * Returns the mentions in attachments that a text does not have. Only mentions in the text of a message notify, while programs for Slack often
 * mention in an attachment.
 */
export function mentionsOnlyIn(attachments: readonly MessageAttachment[], content: string): string[] {
  const names = new Set<string>();
  for (const { pretext, text, fields = [] } of attachments)
    for (const part of [pretext, text, ...fields.map(({ value }) => value)])
      for (const name of mentionsIn(part ?? "")) names.add(name);
  for (const name of mentionsIn(content)) names.delete(name);
  return [...names].slice(0, maxRepeated).map((name) => `@${name}`);
}

function mentionsIn(text: string): string[] {
  const markup = text.includes("@") ? parseMarkup(text) : undefined;
  if (!markup) return [];
  return [...markup.blanked.matchAll(mention)]
    .filter(({ index }) => !isEscaped(text, index))
    .map(({ 1: name = "" }) => name.toLowerCase().replace(/[._-]+$/, ""));
}
