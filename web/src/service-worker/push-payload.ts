import type { PushPayload } from "../../../src/client/index.ts";

/** A new notification. */
export type NotificationPush = Extract<PushPayload, { type: "notification" }>;
/** Notifications of a channel or a reminder were read. */
export type ReadPush = Extract<PushPayload, { type: "read" }>;
/** The number of unread notifications that were not pushed one by one. */
export type SummaryPush = Extract<PushPayload, { type: "summary" }>;

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
      ? isId("channelId") && isId("messageId") && Array.isArray(fields["unreadSeqs"])
      : fields["type"] === "read"
        ? isId("channelId") && typeof fields["lastReadSeq"] === "number"
        : fields["type"] === "summary" && typeof fields["count"] === "number";
  return isValid ? (value as PushPayload) : undefined;
}

/** Whether a push says that all of some notifications were read. */
export const closes = ({ lastReadSeq }: ReadPush, seqs: readonly number[]): boolean =>
  seqs.every((seq) => seq <= lastReadSeq);
