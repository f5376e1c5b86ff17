import { randomToken } from "../lib/ids.ts";
import { decideCreateChannel, type NewChannel } from "../features/channels/index.ts";
import type { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import { migrate } from "../durable/migrations.ts";
import { append } from "./commands/commit-batch.ts";
import type { ChannelProjections } from "./projections/channel-projections.ts";
import { type StoredRoomState, roomMigrations } from "./stored-room-state.ts";

interface NewRoom {
  storage: DurableObjectStorage;
  room: StoredRoomState;
  projections: ChannelProjections;
  alarms: AlarmScheduler;
}

/**
 * Creates a room's tables, its log with a new epoch and the channel's first events, in one transaction. When it throws, the room
 * is as blank as before.
 */
export function createChannel(input: NewChannel, { storage, room, projections, alarms }: NewRoom): void {
  try {
    storage.transactionSync(() => {
      const nowMs = Date.now();
      migrate(storage, roomMigrations);
      room.setTime(nowMs);
      room.log.start(randomToken(9));
      append(room, { userId: input.channel.createdBy }, decideCreateChannel(input, room));
      projections.scheduleRetries(nowMs);
    });
  } catch (error) {
    room.invalidate();
    projections.invalidate();
    alarms.invalidate();
    throw error;
  }
}
