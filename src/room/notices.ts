import type { SinkData } from "../core/room-state.ts";
import { isoTime } from "../core/time.ts";
import type { LogRow } from "../log/log.ts";
import type { EventData, EventType, NotificationKind } from "../protocol/index.ts";
import type { Delivery } from "./deliveries.ts";
import type { Room } from "./state.ts";

/**
 * Whom an event concerns: who is mentioned, who follows the thread, who is in a direct message or asked for everything, who
 * was added. One notice a user and event, for the nearest reason; none to who did it, to who is no member, or asked for nothing,
 * and none of what is deleted already.
 */
export function noticesOf(room: Room, row: LogRow): Delivery[] {
  const reasons = new Map<string, NotificationKind>();
  const because = (kind: NotificationKind, userIds: readonly string[]): void => {
    for (const userId of userIds) if (!reasons.has(userId)) reasons.set(userId, kind);
  };
  const type = row.type as EventType;
  let about: { messageId: string; threadId: string | null } | undefined;
  if (type === "memberJoin") {
    if (room.channel.name !== null)
      because("invitation", [(JSON.parse(row.data) as EventData<"memberJoin">).member.userId]);
  } else if (type === "messageCreate" || type === "threadCreate") {
    const all = room.reads.notifiedOfAll();
    // Most messages concern nobody in particular; what is quoted in a text bears backslashes, so this is the field itself.
    if (type === "messageCreate" && all.length === 0 && row.data.includes('"mentions":[]')) return [];
    const { message } = JSON.parse(row.data) as EventData<"messageCreate">;
    if (room.messages.find(message.id)?.message.deletedAt !== null) return [];
    about = { messageId: message.id, threadId: message.threadId };
    because("mention", message.mentions);
    if (message.threadId !== null) because("thread", room.threads.followers(message.threadId, row.seq));
    const isDirect = room.channel.name === null;
    if (message.threadId === null || message.alsoInChannel || isDirect)
      because(isDirect ? "direct" : "message", all);
  } else if (type === "messageUpdate" || type === "threadUpdate") {
    const sinks = row.forSinks === null ? {} : (JSON.parse(row.forSinks) as SinkData);
    if (!sinks.newlyMentioned?.length) return [];
    const { message } = JSON.parse(row.data) as EventData<"messageUpdate">;
    about = { messageId: message.id, threadId: message.threadId };
    because("mention", sinks.newlyMentioned);
  }
  return [...reasons].flatMap(([userId, kind]) =>
    userId !== row.actorId && wants(room, userId)
      ? {
          userId,
          notice: {
            kind,
            channelSeq: row.seq,
            messageId: about?.messageId ?? null,
            threadId: about?.threadId ?? null,
            actorId: row.actorId,
            createdAt: isoTime(row.at),
          },
        }
      : [],
  );
}

const wants = (room: Room, userId: string): boolean =>
  room.member(userId) !== undefined && room.reading(userId).level !== "none";
