import { deletionOf } from "../../features/messages/index.ts";
import type { RoomEvent } from "../../domain/room-state.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { append, type CommitParticipants, discardRolledBack } from "../commands/commit-batch.ts";
import type { Subscribers } from "../sockets/subscribers.ts";

/** An event that no user's command caused, and the user in whose name it is recorded. */
interface SystemEvent {
  actorId: string;
  event: RoomEvent;
}

/**
 * Commits and broadcasts what the server itself does in a channel: deletions by age, and the erasure of a member. Clients receive the same
 * events as for a user's command.
 */
export class SystemDeletions {
  readonly #participants: CommitParticipants;
  readonly #subscribers: Subscribers;

  constructor(participants: CommitParticipants, subscribers: Subscribers) {
    this.#participants = participants;
    this.#subscribers = subscribers;
  }

  /** Deletes messages, in one transaction, as their authors would. Those that are deleted already stay as they are. */
  deleteMessages(messageIds: readonly string[]): void {
    const { room } = this.#participants;
    this.#commit(messageIds, (id) => {
      const message = room.message(id);
      if (!message || message.deletedAt !== null) return undefined;
      const [event] = deletionOf(room, message).events;
      return event && { actorId: message.authorId, event };
    });
  }

  /** Removes a member from a channel that users can leave. */
  removeMember(userId: string): void {
    const { room } = this.#participants;
    this.#commit([userId], () => {
      const member = room.memberIncludingSuspended(userId);
      return member && { actorId: userId, event: { type: "memberLeave", data: { member } } };
    });
  }

  /** @param decide makes the event about a subject, given the state after the events before it */
  #commit(subjects: readonly string[], decide: (subject: string) => SystemEvent | undefined): void {
    const { storage, room, projections } = this.#participants;
    const nowMs = Date.now();
    try {
      const events = storage.transactionSync(() => {
        room.setTime(nowMs);
        const before = room.log.head;
        const committed = subjects.flatMap((subject) => {
          const decided = decide(subject);
          if (!decided) return [];
          const { actorId, event } = decided;
          return append(room, { userId: actorId }, { events: [event], result: event.data }).events;
        });
        projections.skipNotifications(before, committed);
        if (committed.length > 0) projections.scheduleRetries(nowMs);
        failpoint("room:before-commit");
        return committed;
      });
      this.#subscribers.queueEvents(events);
      this.#subscribers.broadcastQueued();
      projections.startDraining();
    } catch (error) {
      discardRolledBack(this.#participants);
      throw error;
    }
  }
}
