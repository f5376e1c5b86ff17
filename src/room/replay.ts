import { envelope } from "../log/log.ts";
import { limits, type ServerEnvelope } from "../protocol/index.ts";
import type { Room } from "./state.ts";

/**
 * What a subscriber missed since `since`: the events, or a `gap` where they are too many, or a `reset` where its place is
 * not in this log.
 */
export function missedBy(room: Room, since: number | undefined, epoch: string | undefined): string[] {
  const { log, channel } = room;
  const channelId = channel.id;
  const told = (item: ServerEnvelope): string[] => [JSON.stringify(item)];
  if (since === undefined) return [];
  if ((epoch !== undefined && epoch !== log.epoch) || since > log.head) {
    return told({ type: "reset", channelId, data: { epoch: log.epoch, seq: log.head } });
  }
  if (log.head - since > limits.replayEvents) return told({ type: "gap", channelId, data: { from: since + 1, to: log.head } });
  return log.read(since, limits.replayEvents, Number.MAX_SAFE_INTEGER).map((row) => envelope(row, channelId));
}
