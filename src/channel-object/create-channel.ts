import { randomToken } from "../lib/ids.ts";
import { decideCreateChannel, type NewChannel } from "../features/channels/index.ts";
import type { Due } from "../durable/alarm-scheduler.ts";
import { migrate } from "../durable/migrations.ts";
import { append } from "./commands/commit-batch.ts";
import type { Sinks } from "./projections/channel-projections.ts";
import { type Room, roomMigrations } from "./stored-room-state.ts";

/** Makes the tables of a room, and its log with the first events: all of it, or nothing. */
export function begin(
  input: NewChannel,
  { storage, room, sinks, due }: { storage: DurableObjectStorage; room: Room; sinks: Sinks; due: Due },
): void {
  try {
    storage.transactionSync(() => {
      const nowMs = Date.now();
      migrate(storage, roomMigrations);
      room.tick(nowMs);
      room.log.begin(randomToken(9));
      append(room, { userId: input.channel.createdBy }, decideCreateChannel(input, room));
      sinks.ensure(nowMs);
    });
  } catch (error) {
    room.forget();
    sinks.forget();
    due.forget();
    throw error;
  }
}
