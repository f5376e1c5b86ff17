import { eventEnvelope } from "../../durable/event-log.ts";
import { limits, type ServerEnvelope } from "../../protocol/index.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** More than this at once would look like a reader that falls behind. */
const maxReplayBytes = limits.unconfirmedCloseBytes / 4;

/**
 * What a subscriber missed since `since`: the events, or a `gap` where they are too many, or a `reset` where its place is
 * not in this log.
 */
export function missedEnvelopes(
  room: StoredRoomState,
  since: number | undefined,
  epoch: string | undefined,
): string[] {
  const { log, channel } = room;
  const channelId = channel.id;
  const told = (item: ServerEnvelope): string[] => [JSON.stringify(item)];
  if (since === undefined) return [];
  if ((epoch !== undefined && epoch !== log.epoch) || since > log.head) {
    return told({ type: "reset", channelId, data: { epoch: log.epoch, seq: log.head } });
  }
  const rows = log.read(since, limits.replayEvents, maxReplayBytes);
  const complete = (rows.at(-1)?.seq ?? since) === log.head;
  return complete
    ? rows.map((row) => eventEnvelope(row, channelId))
    : told({ type: "gap", channelId, data: { from: since + 1, to: log.head } });
}
