import { defined } from "../../../lib/defined.ts";
import type { MessageAttachment } from "../../../protocol/index.ts";
import { encodeEntities, noSlackIds, toMrkdwn } from "../text/index.ts";
import { unixSeconds } from "../timestamps.ts";

const escaped = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : encodeEntities(text);

const styled = (markdown: string | undefined): string | undefined =>
  markdown === undefined ? undefined : toMrkdwn(markdown, noSlackIds);

/** Returns an attachment in the form of Slack's legacy attachments. */
export function presentAttachment(attachment: MessageAttachment, index: number) {
  const { color, pretext, authorName, authorUrl, title, titleUrl, text, fields, fallback } = attachment;
  const { imageUrl, thumbnailUrl, footer, footerIconUrl, at } = attachment;
  return defined({
    id: index + 1,
    color: color?.replace(/^#/, ""),
    pretext: styled(pretext),
    author_name: escaped(authorName),
    author_link: authorUrl,
    title: escaped(title),
    title_link: titleUrl,
    text: styled(text),
    fields: fields?.map((field) => ({
      title: escaped(field.title) ?? "",
      value: styled(field.value) ?? "",
      short: field.short ?? false,
    })),
    image_url: imageUrl,
    thumb_url: thumbnailUrl,
    footer: escaped(footer),
    footer_icon: footerIconUrl,
    ts: at === undefined ? undefined : unixSeconds(at),
    fallback: encodeEntities(fallback ?? title ?? text ?? pretext ?? "[no preview available]"),
  });
}
