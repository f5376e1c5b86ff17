import { z } from "zod";
import {
  type MessageAttachment,
  type MessageSender,
  MessageMetadata,
  NewSender,
} from "../../protocol/index.ts";
import { defined } from "../../lib/defined.ts";
import { booleanField, jsonField, keyField, textField } from "./api/fields.ts";
import type { MethodContext } from "./api/method.ts";
import { findNames } from "./names.ts";
import { slackReject } from "./api/slack-error.ts";
import { slackMessageText } from "./text/index.ts";

/** The metadata of a message in Slack's API. */
const SlackMetadata = z.object({ event_type: z.string().max(255), event_payload: z.unknown().optional() });

/** The arguments of a message's content, in all methods that send one. */
export const contentFields = {
  text: textField.optional(),
  blocks: jsonField(z.array(z.unknown()).max(100)),
  attachments: jsonField(z.array(z.unknown()).max(100)),
  metadata: jsonField(SlackMetadata),
  mrkdwn: booleanField.optional(),
  link_names: booleanField.optional(),
  username: textField.optional(),
  icon_emoji: keyField.optional(),
  icon_url: textField.optional(),
};
type ContentFields = z.output<z.ZodObject<typeof contentFields>>;

/** The content of a message in our own API. */
export interface MessageContent {
  content: string;
  attachments?: MessageAttachment[];
  sender?: MessageSender;
  metadata?: Record<string, unknown>;
}

/**
 * Converts the content of a message: text and blocks to our Markdown, attachments to ours. Blocks and metadata are kept, as far as they fit, and
 * are returned with the message. Only messages of bots have them, and another name or icon; attachments of users become text.
 *
 * @throws SlackError `no_text`, `invalid_blocks`, `too_many_attachments`, `metadata_too_large`
 */
export async function convertContent(
  { metadata, username, icon_emoji: emoji, icon_url: url, ...given }: Partial<ContentFields>,
  { api, token }: Pick<MethodContext, "api" | "token">,
): Promise<MessageContent> {
  const { text, blocks, attachments, mrkdwn, link_names: linkNames = false } = given;
  const names = await findNames(api, [text, blocks, attachments]);
  const flattensAttachments = !isBotToken(token);
  const fields = { text, blocks, attachments, mrkdwn };
  const converted = slackMessageText(fields, { names, linkNames, flattensAttachments });
  if ("error" in converted) return slackReject(converted.error);
  const { content } = converted;
  if (flattensAttachments) return { content };
  const sender = senderOf({ name: username, icon: emoji ?? url });
  const kept = metadataOf(converted.blocks, metadata);
  return {
    content,
    // An empty array removes the attachments of an edited message.
    ...(attachments && { attachments: converted.attachments ?? [] }),
    ...(sender && { sender }),
    ...(kept && { metadata: kept }),
  };
}

/** Converts content as `convertContent` does, of a message that has nothing else. @throws SlackError `no_text` too */
export async function requireContent(
  given: Partial<ContentFields>,
  context: Pick<MethodContext, "api" | "token">,
): Promise<MessageContent> {
  const converted = await convertContent(given, context);
  if (converted.content === "" && !converted.attachments?.length) slackReject("no_text");
  return converted;
}

const isBotToken = (token: string): boolean => token.startsWith("bot_");

/** Returns the name and icon of a message; undefined if they are not valid, which changes how the message is shown, not whether. */
function senderOf({
  name,
  icon,
}: {
  name: string | undefined;
  icon: string | undefined;
}): MessageSender | undefined {
  const colons = icon?.startsWith("https:") ? icon : icon && `:${icon.replaceAll(":", "").toLowerCase()}:`;
  const candidates = [
    { name, icon: colons },
    { name, icon: undefined },
    { name: undefined, icon: colons },
  ];
  for (const candidate of candidates) {
    const { data } = NewSender.safeParse(defined(candidate));
    if (data) return data as MessageSender;
  }
  return undefined;
}

/** Blocks that are too large, or nested too deeply, are left out: their text is in the message. */
function metadataOf(
  blocks: unknown[] | undefined,
  metadata: z.output<typeof SlackMetadata> | undefined,
): Record<string, unknown> | undefined {
  const own = { ...metadata };
  const whole = { ...own, ...(blocks && { blocks }) };
  if (Object.keys(whole).length === 0) return undefined;
  if (MessageMetadata.safeParse(whole).success) return whole;
  if (!metadata) return undefined;
  return MessageMetadata.safeParse(own).success ? own : slackReject("metadata_too_large");
}
