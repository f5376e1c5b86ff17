/** The content of a push: ids only, so that push services learn nothing. The text is fetched with the user's session. */
export type PushPayload = NotificationPush | ReadPush | SummaryPush;

/** A new notification. */
export interface NotificationPush {
  type: "notification";
  /** The user who is notified. A browser may have had several. */
  userId?: string;
  seq: number;
  kind?: string;
  /** Null for a reminder that is about no message. */
  channelId: string | null;
  messageId: string | null;
  threadId?: string | null;
  reminderId?: string;
  at: string;
  /** The unread notifications of the same channel, or reminder, this one included. */
  unreadSeqs?: number[];
}

/** Notifications of a channel or a reminder were read: those up to `lastReadSeq`, and those in `seqs`. */
export interface ReadPush {
  type: "read";
  channelId: string | null;
  reminderId?: string;
  lastReadSeq?: number;
  seqs?: number[];
}

/** The number of unread notifications that were not pushed one by one; 0: they were read. */
export interface SummaryPush {
  type: "summary";
  count: number;
  at?: string;
}

/** Reads the content of a push. Undefined for one of a newer server, or none. */
export function parsePush(text: string | undefined): PushPayload | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const isId = (name: string): boolean => fields[name] === null || typeof fields[name] === "string";
  const isValid =
    fields["type"] === "notification"
      ? typeof fields["seq"] === "number" && isId("channelId") && isId("messageId")
      : fields["type"] === "read"
        ? isId("channelId")
        : fields["type"] === "summary" && typeof fields["count"] === "number";
  return isValid ? (value as PushPayload) : undefined;
}

/** Returns which notifications of a list are still unread after a push that says what was read. */
export const unreadAfter = (
  seqs: readonly number[],
  { lastReadSeq = 0, seqs: read = [] }: ReadPush,
): number[] => seqs.filter((seq) => seq > lastReadSeq && !read.includes(seq));
