import { type CommandData, MessageMetadata, NewSender, type WebhookMessage } from "../../protocol/index.ts";
import {
  markdownLink,
  type JsonObject,
  type SlackNames,
  slackMessageText,
  stringOf,
  truncate,
} from "../slack/index.ts";
import { limits } from "../../protocol/limits.ts";
import { rejectHook } from "./slack-answer.ts";
import type { WebhookRow } from "./queries.ts";

/** What a webhook posts. */
export interface HookMessage extends Pick<
  CommandData<"messageCreate">,
  "content" | "sender" | "attachments" | "metadata" | "nonce"
> {
  /** The message to reply to, by its id or by its timestamp in Slack's form; undefined: the message is no reply. */
  replyTo?: { messageId: string } | { ts: string } | undefined;
}

/** Converts a valid message in our own format. Linked files become lines below the text. */
export function convertOwn(
  { threadId, username, icon, files = [], content, attachments, metadata, nonce }: WebhookMessage,
  webhook: WebhookRow,
): HookMessage {
  const links = files.map(({ url, name }) => markdownLink(url, name));
  const sender = senderOf({ name: username, icon: icon ?? webhook.icon ?? undefined });
  return {
    content: truncate([content, ...links].filter((line) => line !== "").join("\n"), limits.contentLength),
    ...(threadId !== undefined && { replyTo: { messageId: threadId } }),
    ...(sender && { sender }),
    ...(attachments && { attachments }),
    ...(metadata && { metadata }),
    ...(nonce !== undefined && { nonce }),
  };
}

const messageId = /^msg_[0-9A-Z]{26}$/;

/**
 * Converts a message in Slack's format. Fields that only change how it is shown are ignored where they are invalid, as Slack does.
 *
 * @throws WebhookError `invalid_blocks`, `too_many_attachments`, `no_text`
 */
export function convertSlack(payload: JsonObject, webhook: WebhookRow, names: SlackNames): HookMessage {
  const linkNames = isSet(payload.link_names) || payload.parse === "full";
  const converted = slackMessageText(payload, { names, linkNames });
  if ("error" in converted) return rejectHook(converted.error);
  const { content, attachments } = converted;
  if (content.trim() === "" && !attachments) return rejectHook("no_text");
  const thread = stringOf(payload.thread_ts);
  const sender = senderOf({
    name: stringOf(payload.username) || undefined,
    icon: slackIcon(payload) ?? webhook.icon ?? undefined,
  });
  const metadata = metadataOf(converted);
  return {
    content,
    ...(thread !== "" && { replyTo: messageId.test(thread) ? { messageId: thread } : { ts: thread } }),
    ...(sender && { sender }),
    ...(attachments && { attachments }),
    ...(metadata && { metadata }),
  };
}

const isSet = (value: unknown): boolean => value === true || value === 1 || value === "1" || value === "true";

/** Returns the icon of a message: `icon_emoji` with or without colons, or `icon_url`. */
function slackIcon({ icon_emoji: emoji, icon_url: url }: JsonObject): string | undefined {
  const name = stringOf(emoji).trim().replaceAll(":", "").toLowerCase();
  return name === "" ? stringOf(url) || undefined : `:${name}:`;
}

/** Returns the sender without what is invalid; undefined if nothing is left. A name is cut to the longest one that is permitted. */
function senderOf({ name, icon }: { name: string | undefined; icon: string | undefined }) {
  const { name: nameSchema, icon: iconSchema } = NewSender.shape;
  const valid = {
    name: name === undefined ? undefined : nameSchema.safeParse(truncate(name, limits.senderNameLength)).data,
    icon: iconSchema.safeParse(icon).data,
  };
  if (valid.name === undefined && valid.icon === undefined) return undefined;
  return {
    ...(valid.name !== undefined && { name: valid.name }),
    ...(valid.icon !== undefined && { icon: valid.icon }),
  };
}

/** Keeps the blocks beside the text that was made of them, and states what was left out. */
function metadataOf({
  blocks,
  areBlocksDropped,
  isTruncated,
}: {
  blocks?: JsonObject[];
  areBlocksDropped: boolean;
  isTruncated: boolean;
}): MessageMetadata | undefined {
  const flags = isTruncated ? { textTruncated: true } : {};
  const whole = { ...flags, ...(blocks && { blocks }) };
  const isKept = MessageMetadata.safeParse(whole).success;
  const metadata = isKept && !areBlocksDropped ? whole : { ...flags, blocksDropped: true };
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}
