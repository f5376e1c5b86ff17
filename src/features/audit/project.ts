import type { LoggedEvent } from "../../domain/logged-event.ts";
import { auditEntries, type Database, type Statement } from "../../db/index.ts";
import { derivedId } from "../../lib/derived-id.ts";
import type { AuditAction } from "../../protocol/index.ts";
import type { StoredAuditEntry } from "./record.ts";

/**
 * Writes moderation to the audit log: what an actor did to another user's message or membership, and archiving. The id of an entry follows
 * from the channel and the event's `seq`, so that an event is recorded once, also when the channel is projected again. The log of a room
 * does not contain addresses, so they are `unknown`.
 */
export function projectModeration(events: LoggedEvent[], db: Database): Statement[] {
  return events.flatMap((event) => {
    const { actorId } = event;
    const recorded = actorId === undefined ? undefined : moderationOf(event, actorId);
    if (!recorded || actorId === undefined) return [];
    const at = Date.parse(event.at);
    const row: StoredAuditEntry = {
      id: derivedId("aud", at, `${event.channelId}:${event.seq}`),
      at,
      actorId,
      addressPrefix: "unknown",
      userAgent: "unknown",
      requestId: null,
      ...recorded,
      detail: { channelId: event.channelId, seq: event.seq, ...recorded.detail },
    };
    return [db.insert(auditEntries).values(row).onConflictDoNothing()];
  });
}

interface Moderation {
  action: AuditAction;
  objectId: string;
  detail?: Record<string, string>;
}

function moderationOf(event: LoggedEvent, actorId: string): Moderation | undefined {
  const { type, data, channelId } = event;
  switch (type) {
    case "messageDelete":
    case "threadDelete": {
      const { id, authorId } = data.message;
      return authorId === actorId
        ? undefined
        : { action: "message.delete_by_moderator", objectId: id, detail: { authorId } };
    }
    case "memberLeave":
      return ofAnother("member.remove", data.member.userId, actorId);
    case "memberUpdate":
      return {
        action: "member.update_role",
        objectId: data.member.userId,
        detail: { role: data.member.role },
      };
    case "memberMute":
      return { action: "member.mute", objectId: data.member.userId };
    case "memberUnmute":
      return { action: "member.unmute", objectId: data.member.userId };
    case "channelDelete":
      return { action: "channel.archive", objectId: channelId };
    default:
      // Not moderation: what users do for themselves, and content.
      return undefined;
  }
}

const ofAnother = (action: AuditAction, userId: string, actorId: string): Moderation | undefined =>
  userId === actorId ? undefined : { action, objectId: userId };
