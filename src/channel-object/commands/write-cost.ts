import { assertNever } from "../../errors/app-error.ts";
import { toEmoji } from "../../text/emoji.ts";
import type { RoomEvent } from "../../domain/room-state.ts";
import type { Usage } from "../../domain/usage-budget.ts";
import { type Command, producesEvent } from "../../protocol/index.ts";

/** An event besides its JSON: its row in the log, its index entries and its rows in the projections. */
const bytesPerEvent = 200;
/** A notification: a row in the room until it is delivered, and two rows in its user's hub. */
const bytesPerMention = 200;
const writesPerMention = 0.05;
/** A change of member state replaces a value: nothing grows, and D1 receives only the last of several. */
const writesPerMemberStateChange = 0.1;

/** The JSON of an event besides the text that its sender wrote. */
const bytesAroundText = 500;

/** Estimates the cost of a command before it is decided. */
export function expectedCost({ type, data }: Command): Usage {
  if (!producesEvent(type)) return { writes: writesPerMemberStateChange, bytes: 0 };
  return { writes: 1, bytes: bytesPerEvent + bytesAroundText + writtenBytes(data) };
}

/** Returns the size of what the sender wrote. */
function writtenBytes(data: Command["data"]): number {
  if (!("content" in data)) return 0;
  const { attachments, metadata } = data;
  const extras = attachments || metadata ? Buffer.byteLength(JSON.stringify([attachments, metadata])) : 0;
  return Buffer.byteLength(data.content) + extras;
}

/** Returns the cost of a command's events. @param bytes the size of their JSON in the log */
export function costOf(events: readonly RoomEvent[], bytes: number): Usage {
  const notified = events.reduce((sum, event) => sum + mentionsChangedBy(event), 0);
  return {
    writes: events.length + notified * writesPerMention,
    bytes: bytes + events.length * bytesPerEvent + notified * bytesPerMention,
  };
}

/** Counts the notifications of mentions that an event adds or removes. */
function mentionsChangedBy({ type, data, projectionData }: RoomEvent): number {
  if (type === "messageCreate" || type === "threadCreate") return data.message.mentions.length;
  return (projectionData?.newlyMentioned?.length ?? 0) + (projectionData?.noLongerMentioned?.length ?? 0);
}

/** The cost of a command that changes only its sender's member state. */
export const costOfMemberStateChange: Usage = { writes: writesPerMemberStateChange, bytes: 0 };

/** Returns the cost of rows of the log of which only the number and the total size in bytes are known. */
export const costOfRows = (count: number, bytes: number): Usage => ({
  writes: count,
  bytes: bytes + count * bytesPerEvent,
});

/** Returns whether a command is exempt from the write quota: leaving, removing and deleting are counted and never rejected. */
export const isAlwaysAllowed = ({ type }: Command): boolean =>
  type === "memberLeave" || type === "messageDelete" || type === "threadDelete";

/**
 * Returns the key of the thing that a command toggles. All spellings of an emoji have one key.
 *
 * @returns undefined for a command that adds something new each time, and for a reaction that is not one emoji: its decision throws
 *   `validation_failed`
 */
export function toggledBy(userId: string, { type, data }: Command): string | undefined {
  switch (type) {
    case "reactionAdd":
    case "reactionRemove": {
      const emoji = toEmoji(data.emoji);
      return emoji && `reaction:${data.messageId}:${emoji}`;
    }
    case "messagePin":
    case "messageUnpin":
      return `pin:${data.messageId}`;
    case "memberJoin":
      return `member:${data.userId ?? userId}`;
    case "memberUpdate":
      return `role:${data.userId}`;
    case "memberMute":
    case "memberUnmute":
      return `mute:${data.userId}`;
    case "channelUpdate":
    case "channelDelete":
      return "channel";
    case "threadFollow":
      return `follow:${data.messageId}`;
    case "memberLeave":
    case "messageCreate":
    case "messageUpdate":
    case "messageDelete":
    case "threadCreate":
    case "threadUpdate":
    case "threadDelete":
    case "threadRead":
    case "read":
    case "notificationLevel":
      return undefined;
    default:
      return assertNever(type);
  }
}
