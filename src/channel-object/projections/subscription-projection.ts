import type { Feed, Projection } from "../../durable/projection-sink.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import type { WakeOutbox } from "../event-subscriptions/wake-outbox.ts";

/**
 * Wakes the senders of the channel's subscriptions, which then read the log. Only in rooms with subscriptions: in all others the feed has no rows. The rows
 * of the outbox are committed before the cursor moves.
 */
export class SubscriptionProjection implements Projection<never> {
  readonly name = "subscriptions";
  readonly batchIntervalMs = 50;
  readonly feed: Feed<never>;
  readonly #outbox: WakeOutbox;

  constructor(room: StoredRoomState, outbox: WakeOutbox) {
    this.#outbox = outbox;
    this.feed = {
      get head(): number {
        return room.subscriptions.isEmpty ? 0 : room.log.head;
      },
      read: () => [],
    };
  }

  async deliver(): Promise<number> {
    const { head } = this.feed;
    this.#outbox.wake(head);
    return head;
  }
}
