import type { Message } from "../../../src/client/index.ts";
import { dayOf } from "../ui/day.ts";

/** A line of the list of messages. */
export type Line =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; isContinued: boolean };

export interface LinesOptions {
  /** The read position when the channel was opened; null: no line before the first unread message. */
  lastReadSeq: number | null;
  /** The reader, whose own messages are never unread. */
  userId: string;
  /** Whether earlier messages are not loaded. Then the first unread message may be among them, and a line before the first loaded one would be wrong. */
  hasBefore?: boolean;
}

/** Messages of one author within this time are shown below one name, in ms. */
const groupMs = 5 * 60_000;

/**
 * Arranges messages in lines: a line at each new day in the reader's zone, one before the first unread message, and messages of one author
 * that follow each other below one name. Deleted messages are left out unless they have a thread.
 */
export function linesOf(
  messages: readonly Message[],
  { lastReadSeq, userId, hasBefore = false }: LinesOptions,
): Line[] {
  const lines: Line[] = [];
  let previous: Message | undefined;
  let dayAt: string | undefined;
  let hasUnreadLine = lastReadSeq === null || (hasBefore && (messages[0]?.seq ?? 0) > lastReadSeq);
  for (const message of messages) {
    if (message.deletedAt !== null && !message.thread?.replyCount) continue;
    const isNewDay = dayAt === undefined || isLaterDay(message.createdAt, dayAt);
    if (isNewDay) {
      dayAt = message.createdAt;
      lines.push({ kind: "day", key: `day:${dayOf(dayAt)}`, at: dayAt });
    }
    const isFirstUnread = !hasUnreadLine && isUnread(message, lastReadSeq ?? 0, userId);
    if (isFirstUnread) {
      lines.push({ kind: "unread", key: "unread" });
      hasUnreadLine = true;
    }
    const isContinued = !isNewDay && !isFirstUnread && previous !== undefined && continues(previous, message);
    lines.push({ kind: "message", key: message.id, message, isContinued });
    previous = message;
  }
  return lines;
}

const isUnread = ({ seq, authorId, deletedAt }: Message, lastReadSeq: number, userId: string): boolean =>
  seq > lastReadSeq && authorId !== userId && deletedAt === null;

/** Messages are in the order of `seq`; their times may be slightly out of order. A day that has a line already gets no second one. */
const isLaterDay = (at: string, than: string): boolean =>
  // Times in ISO 8601 UTC are in the order of their texts. The day in the reader's zone is computed only where the minute differs.
  at > than && at.slice(0, 16) !== than.slice(0, 16) && dayOf(at) !== dayOf(than);

function continues(previous: Message, message: Message): boolean {
  return (
    previous.authorId === message.authorId &&
    previous.sender?.name === message.sender?.name &&
    previous.sender?.icon === message.sender?.icon &&
    previous.deletedAt === null &&
    message.deletedAt === null &&
    // A reply that is also in the channel names its thread; the replies in the pane of a thread have the same one.
    message.threadId === previous.threadId &&
    message.kind !== "me" &&
    previous.kind !== "me" &&
    Date.parse(message.createdAt) - Date.parse(previous.createdAt) < groupMs
  );
}
