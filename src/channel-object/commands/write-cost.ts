import type { RoomEvent } from "../../domain/room-state.ts";
import type { Usage } from "../../domain/usage-budget.ts";
import type { Command } from "../../protocol/index.ts";

/** A row of the log without its JSON, its index entries and the rows of projections that every event makes. */
const bytesPerEvent = 200;
/** A notification: a row in the room until it is delivered, two in the hub of its user. */
const bytesPerMention = 200;
const writesPerMention = 0.05;
/** A change that only replaces a value of its sender's: nothing grows, D1 receives the last of several. */
const writesPerPersonalChange = 0.1;

/** What the JSON of an event has besides what its sender wrote. */
const bytesAroundText = 500;

const personal: ReadonlySet<Command["type"]> = new Set([
  "read",
  "threadRead",
  "threadFollow",
  "notificationLevel",
]);

/** What a command is expected to cost, before it is decided. */
export function expectedCost({ type, data }: Command): Usage {
  if (personal.has(type)) return { writes: writesPerPersonalChange, bytes: 0 };
  const text = "content" in data ? Buffer.byteLength(data.content) : 0;
  return { writes: 1, bytes: bytesPerEvent + bytesAroundText + text };
}

/** What the events of a command cost. `bytes`: of their rows in the log. */
export function costOf(events: readonly RoomEvent[], bytes: number): Usage {
  const notified = events.reduce((sum, event) => sum + notifiedBy(event), 0);
  return {
    writes: events.length + notified * writesPerMention,
    bytes: bytes + events.length * bytesPerEvent + notified * bytesPerMention,
  };
}

function notifiedBy({ type, data, projectionData }: RoomEvent): number {
  if (type === "messageCreate" || type === "threadCreate") return data.message.mentions.length;
  return (projectionData?.newlyMentioned?.length ?? 0) + (projectionData?.noLongerMentioned?.length ?? 0);
}

export const costOfPersonalChange: Usage = { writes: writesPerPersonalChange, bytes: 0 };

/** What rows of the log cost, where only their number and size are known. */
export const costOfRows = (count: number, bytes: number): Usage => ({
  writes: count,
  bytes: bytes + count * bytesPerEvent,
});

/** What takes something away is counted, and never refused: whoever used up their budget can leave, remove and delete. */
export const isAlwaysAllowed = ({ type }: Command): boolean =>
  type === "memberLeave" || type === "messageDelete" || type === "threadDelete";

/** Which thing a command changes back and forth, where it does; undefined for one that adds something new each time. */
export function toggledBy(userId: string, { type, data }: Command): string | undefined {
  switch (type) {
    case "reactionAdd":
    case "reactionRemove":
      return `reaction:${data.messageId}:${data.emoji.replaceAll("\ufe0f", "")}`;
    case "messagePin":
    case "messageUnpin":
      return `pin:${data.messageId}`;
    case "memberJoin":
      return `member:${data.userId ?? userId}`;
    case "memberUpdate":
      return `role:${data.userId}`;
    case "channelUpdate":
    case "channelDelete":
      return "channel";
    case "threadFollow":
      return `follow:${data.messageId}`;
    default:
      return undefined;
  }
}
