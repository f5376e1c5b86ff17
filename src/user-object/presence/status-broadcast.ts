import { settledWithin } from "../../lib/parallel.ts";
import type { RoomOutbox } from "../room-sync/room-outbox.ts";

/** The time between the starts of two rounds; a round does not wait longer for rooms that do not answer. */
const roundMs = 250;

/**
 * Broadcasts the user's public status to rooms: the first change when idle at once, further changes in rounds, each with the
 * newest status. It paces `RoomOutbox`, which keeps and retries the calls: a room that does not answer delays no other.
 */
export class StatusBroadcast {
  readonly #outbox: RoomOutbox;
  #running: Promise<void> | undefined;
  #isRequested = false;
  #nextRoundAt = 0;

  constructor(outbox: RoomOutbox) {
    this.#outbox = outbox;
  }

  /** Delivers the queued status calls. Resolves after the last round; never rejects. */
  start(): Promise<void> {
    this.#isRequested = true;
    return (this.#running ??= this.#run());
  }

  async #run(): Promise<void> {
    try {
      while (this.#isRequested) {
        await this.#pause();
        this.#isRequested = false;
        this.#nextRoundAt = Date.now() + roundMs;
        await settledWithin(this.#outbox.deliverStatus(), roundMs);
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #pause(): Promise<void> {
    // At most one interval, in case the clock was set back.
    const waitMs = Math.min(roundMs, this.#nextRoundAt - Date.now());
    if (waitMs > 0) await new Promise<void>((resolve) => void setTimeout(resolve, waitMs));
  }
}
