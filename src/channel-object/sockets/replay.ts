import { compactEnvelopes } from "../../durable/compact-events.ts";
import { eventEnvelope } from "../../durable/event-log.ts";
import { limits, type ServerEnvelope } from "../../protocol/index.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** A larger replay would fill the send window and look like a slow subscriber. */
const maxReplayBytes = limits.unconfirmedCloseBytes / 4;

/**
 * Returns what a subscriber missed after `since`: the events; one `gap` if they are too many; one `reset` if its position is not in
 * this log, which has another epoch or ends before it.
 */
export function missedEnvelopes(
  room: StoredRoomState,
  {
    since,
    epoch,
    compact = false,
  }: { since: number | undefined; epoch: string | undefined; compact?: boolean | undefined },
): string[] {
  const { log, channel } = room;
  const channelId = channel.id;
  if (since === undefined) return [];
  if ((epoch !== undefined && epoch !== log.epoch) || since > log.head) {
    const reset: ServerEnvelope = { type: "reset", channelId, data: { epoch: log.epoch, seq: log.head } };
    return [JSON.stringify(reset)];
  }
  const rows = log.read(since, limits.replayEvents, maxReplayBytes);
  const isComplete = (rows.at(-1)?.seq ?? since) === log.head;
  if (isComplete)
    return compact ? compactEnvelopes(rows, channelId) : rows.map((row) => eventEnvelope(row, channelId));
  const gap: ServerEnvelope = { type: "gap", channelId, data: { from: since + 1, to: log.head } };
  return [JSON.stringify(gap)];
}
