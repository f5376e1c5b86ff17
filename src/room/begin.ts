import { randomToken } from "../core/ids.ts";
import { decideCreateChannel, type NewChannel } from "../features/channels/index.ts";
import type { Due } from "../log/due.ts";
import { migrate } from "../log/migrations.ts";
import { append } from "./commit.ts";
import type { Sinks } from "./sinks.ts";
import { type Room, roomMigrations } from "./state.ts";

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
