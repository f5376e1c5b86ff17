import type { Config } from "../../config.ts";
import { macOf } from "../../lib/macs.ts";
import { isoTime } from "../../lib/time.ts";
import { limits, type NotificationKind, type PushPayload } from "../../protocol/index.ts";
import type { HubState } from "../hub-state.ts";
import type { NextPush } from "./push-queue.ts";

/** What is sent to a push service. */
export interface PushMessage {
  payload: PushPayload;
  /** The header `Topic`: 32 characters of base64url (RFC 8030 section 5.4). */
  topic: string;
  /** The header `Urgency` (RFC 8030 section 5.3). */
  urgency: "normal" | "high";
}

/** Bytes of the derived topics: as many as 32 characters of base64url can encode. */
const topicBytes = 24;
/** The topic of summaries; others are ids. */
const summaryTopic = "summary";
const urgentKinds: ReadonlySet<NotificationKind> = new Set(["mention", "direct"]);

/**
 * Makes the message of a push.
 *
 * @returns undefined if its notification was read or deleted
 */
export function makePushMessage(
  hub: HubState,
  { REFRESH_TOKEN_KEY: key }: Pick<Config, "REFRESH_TOKEN_KEY">,
  subscriptionId: string,
  push: NextPush,
  nowMs: number,
): PushMessage | undefined {
  const { userId } = hub;
  // Derived, so that push services can't see who is in the same channel.
  const topicOf = (name: string) =>
    macOf(key, { purpose: "parley-push-topic-1", message: `${userId}|${name}`, bytes: topicBytes });
  if (push.kind === "summary") {
    const payload = { type: "summary" as const, userId, at: isoTime(nowMs), count: push.count };
    return { payload, topic: topicOf(summaryTopic), urgency: "normal" };
  }
  const topic = topicOf(push.topic);
  if (push.kind === "read") {
    const payload = { type: "read" as const, userId, at: isoTime(nowMs), ...subjectOf(push.topic) };
    return { payload: { ...payload, lastReadSeq: push.seq }, topic, urgency: "normal" };
  }
  const notification = hub.notifications.findUnread(push.seq);
  if (!notification) return undefined;
  const { seq, kind, channelId, messageId, threadId, reminderId, createdAt } = notification;
  const pushed = hub.pushes.pushedSeqs(subscriptionId, push, limits.pushUnreadSeqs - 1);
  return {
    payload: {
      type: "notification",
      userId,
      at: createdAt,
      seq,
      kind,
      channelId,
      messageId,
      threadId,
      ...(reminderId !== undefined && { reminderId }),
      unreadSeqs: [...pushed, seq].toSorted((one, other) => one - other),
    },
    topic,
    urgency: urgentKinds.has(kind) ? "high" : "normal",
  };
}

/** The channel or the reminder of a topic. */
const subjectOf = (topic: string): { channelId: string | null; reminderId?: string } =>
  topic.startsWith("rem_") ? { channelId: null, reminderId: topic } : { channelId: topic };
