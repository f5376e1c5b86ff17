import type { Config } from "../../config.ts";
import type { SocketOwner } from "../../durable/socket-registry.ts";
import { limits, type ServerEnvelope } from "../../protocol/index.ts";
import type { Presence } from "../presence/presence.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** Makes the `hello` that a direct socket receives first. */
export function helloEnvelope(
  { log }: StoredRoomState,
  config: Config,
  { userId, sessionId }: SocketOwner,
): string {
  const { frameBytes, contentLength, replayEvents, confirmEveryBytes } = limits;
  const envelope: ServerEnvelope = {
    type: "hello",
    data: {
      userId,
      sessionId,
      heartbeatMs: config.HEARTBEAT_MS,
      limits: {
        frameBytes,
        contentLength,
        replayEvents,
        confirmEveryBytes,
        commandsPerSecond: config.SOCKET_COMMANDS_PER_SECOND,
        commandsBurst: config.SOCKET_COMMANDS_BURST,
      },
      seq: log.head,
      epoch: log.epoch,
    },
  };
  return JSON.stringify(envelope);
}

/** Makes the `subscribed` that ends the replay: the head of the log and the users who are online. Every later event is sent live. */
export function subscribedEnvelope(
  { log, channel }: StoredRoomState,
  { online, count, statuses }: Presence,
): string {
  const envelope: ServerEnvelope = {
    type: "subscribed",
    channelId: channel.id,
    data: { seq: log.head, epoch: log.epoch, online, onlineCount: count, statuses },
  };
  return JSON.stringify(envelope);
}
