import type { Message } from "../../../src/client/index.ts";
import { dayOf } from "../ui/time.tsx";

/** A line of the list of messages. */
export type Line =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; isContinued: boolean };

/** Messages of one author within this time are shown below one name, in ms. */
const groupMs = 5 * 60_000;

/**
 * Arranges messages in lines: a line at each new day in the reader's zone, one before the first unread message, and messages of one author
 * that follow each other below one name. Deleted messages are left out unless they have a thread.
 *
 * @param lastReadSeq the read position when the channel was opened; null: no line
 */
export function linesOf(
  messages: readonly Message[],
  { lastReadSeq, userId }: { lastReadSeq: number | null; userId: string },
): Line[] {
  const lines: Line[] = [];
  let previous: Message | undefined;
  let hasUnreadLine = lastReadSeq === null;
  for (const message of messages) {
    if (message.deletedAt !== null && message.thread === null) continue;
    const isNewDay = !previous || dayOf(previous.createdAt) !== dayOf(message.createdAt);
    if (isNewDay) lines.push({ kind: "day", key: `day:${dayOf(message.createdAt)}`, at: message.createdAt });
    const isFirstUnread = !hasUnreadLine && message.seq > (lastReadSeq ?? 0) && message.authorId !== userId;
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

function continues(previous: Message, message: Message): boolean {
  return (
    previous.authorId === message.authorId &&
    previous.sender?.name === message.sender?.name &&
    previous.deletedAt === null &&
    message.deletedAt === null &&
    message.threadId === null &&
    previous.threadId === null &&
    message.kind !== "me" &&
    previous.kind !== "me" &&
    Date.parse(message.createdAt) - Date.parse(previous.createdAt) < groupMs
  );
}
