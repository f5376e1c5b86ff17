import { randomToken } from "../lib/ids.ts";
import { decideCreateChannel, type NewChannel } from "../features/channels/index.ts";
import type { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import { migrate } from "../durable/migrations.ts";
import { append } from "./commands/commit-batch.ts";
import type { ChannelProjections } from "./projections/channel-projections.ts";
import { type StoredRoomState, roomMigrations } from "./stored-room-state.ts";

/** Makes the tables of a room, and its log with the first events: all of it, or nothing. */
export function createChannel(
  input: NewChannel,
  {
    storage,
    room,
    sinks,
    due,
  }: { storage: DurableObjectStorage; room: StoredRoomState; sinks: ChannelProjections; due: AlarmScheduler },
): void {
  try {
    storage.transactionSync(() => {
      const nowMs = Date.now();
      migrate(storage, roomMigrations);
      room.setTime(nowMs);
      room.log.start(randomToken(9));
      append(room, { userId: input.channel.createdBy }, decideCreateChannel(input, room));
      sinks.scheduleRetries(nowMs);
    });
  } catch (error) {
    room.invalidate();
    sinks.invalidate();
    due.invalidate();
    throw error;
  }
}
