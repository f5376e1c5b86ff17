import type { Actor } from "../../domain/actor.ts";
import { reject } from "../../errors/app-error.ts";
import type { Message, MessageAttachment, MessageMetadata } from "../../protocol/index.ts";
import type { ResolvedMentions } from "./mentions.ts";

/** The optional fields of a message in the order in which they are sent. A field without a value is absent. */
export type MessageExtras = Pick<
  Message,
  "kind" | "isBot" | "sender" | "attachments" | "metadata" | "entities"
>;

/** What the author supplies of them. */
export interface WrittenExtras {
  kind?: Message["kind"];
  sender?: Message["sender"];
  attachments?: MessageAttachment[] | undefined;
  metadata?: MessageMetadata | null | undefined;
}

/** Selects the optional fields of a message. */
export const extrasOf = (source: MessageExtras): MessageExtras => ({
  ...(source.kind && { kind: source.kind }),
  ...(source.isBot && { isBot: true }),
  ...(source.sender && { sender: source.sender }),
  ...(source.attachments?.length && { attachments: source.attachments }),
  ...(source.metadata && { metadata: source.metadata }),
  ...(source.entities?.length && { entities: source.entities }),
});

/**
 * Makes the optional fields of a new message.
 *
 * @throws `forbidden` if someone other than a bot sets a field of programs
 */
export function extrasOfNew(
  { isBot }: Actor,
  written: WrittenExtras,
  { entities }: ResolvedMentions,
): MessageExtras {
  requireBot(isBot, written);
  const { kind, sender, attachments, metadata } = written;
  return extrasOf({
    kind,
    ...(isBot && { isBot }),
    sender,
    attachments,
    metadata: metadata ?? undefined,
    entities,
  });
}

/**
 * Makes the optional fields of an edited message, before its new text is parsed. What the edit leaves out stays.
 *
 * @throws `forbidden` if someone other than a bot sets a field of programs
 */
export function extrasOfEdited(
  { isBot }: Actor,
  message: Message,
  { attachments = message.attachments, metadata, ...written }: WrittenExtras,
): MessageExtras {
  requireBot(isBot, { ...written, ...(attachments !== message.attachments && { attachments }), metadata });
  return extrasOf({
    ...message,
    attachments,
    metadata: metadata === undefined ? message.metadata : (metadata ?? undefined),
  });
}

/** @throws `forbidden` if someone other than a bot sets a field of programs */
export function requireBot(isBot: true | undefined, { sender, attachments, metadata }: WrittenExtras): void {
  if (!isBot && (sender !== undefined || attachments !== undefined || metadata !== undefined))
    reject("forbidden", "Only bots can set `sender`, `attachments` and `metadata`");
}
