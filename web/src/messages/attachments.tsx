import type { MessageAttachment } from "../../../src/client/index.ts";
import { Time } from "../ui/time.tsx";
import { Link } from "./text.tsx";

/**
 * The blocks below a message of a bot. Their images are links, because loading them would show the other server who reads the message.
 */
export const Attachments = ({ attachments }: { attachments: readonly MessageAttachment[] }) => (
  <>
    {attachments.map((attachment, at) => (
      <AttachmentBlock key={at} attachment={attachment} />
    ))}
  </>
);

function AttachmentBlock({ attachment }: { attachment: MessageAttachment }) {
  const { color, pretext, authorName, authorUrl, title, titleUrl, text, fields, imageUrl, footer, at } =
    attachment;
  const isColor = color !== undefined && /^#[0-9a-f]{6}$/i.test(color);
  return (
    <>
      {pretext && (
        <div class="text" dir="auto">
          {pretext}
        </div>
      )}
      <div class="attachment" style={isColor ? { borderInlineStartColor: color } : undefined}>
        {authorName && (
          <div class="small">{authorUrl ? <Link url={authorUrl}>{authorName}</Link> : authorName}</div>
        )}
        {title && <strong dir="auto">{titleUrl ? <Link url={titleUrl}>{title}</Link> : title}</strong>}
        {text && (
          <div class="text" dir="auto">
            {text}
          </div>
        )}
        {fields && (
          <dl class="attachment-fields">
            {fields.map((field, index) => (
              <div key={index} class={field.short ? "short" : ""}>
                {field.title && <dt>{field.title}</dt>}
                <dd dir="auto">{field.value}</dd>
              </div>
            ))}
          </dl>
        )}
        {imageUrl && (
          <div class="small">
            <Link url={imageUrl}>Image</Link>
          </div>
        )}
        {(footer || at) && (
          <div class="muted small">
            {footer} {at && <Time at={at} format="full" />}
          </div>
        )}
      </div>
    </>
  );
}
