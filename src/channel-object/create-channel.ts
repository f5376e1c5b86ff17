import { randomToken } from "../lib/ids.ts";
import { decideCreateChannel, type NewChannel } from "../features/channels/index.ts";
import { migrate } from "../durable/migrations.ts";
import { append, type CommitParticipants, discardRolledBack } from "./commands/commit-batch.ts";
import { roomMigrations } from "./room-migrations.ts";

/**
 * Creates a room's tables, its log with a new epoch and the channel's first events, in one transaction. When it throws, the room
 * is as blank as before.
 */
export function createChannel(input: NewChannel, participants: CommitParticipants): void {
  const { storage, room, projections } = participants;
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
    discardRolledBack(participants);
    throw error;
  }
}
