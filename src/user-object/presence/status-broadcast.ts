import { inParallel, settledWithin } from "../../lib/parallel.ts";
import type { RoomCall, RoomOutbox } from "../room-sync/room-outbox.ts";

/** Between the beginnings of two rounds; a round waits no longer for who does not answer. */
const restMs = 250;
const roomsAtOnce = 50;

/**
 * Tells rooms how their user shows themselves: the first change after a pause at once, further ones in rounds, of which each
 * tells the last state. A room that does not answer holds up no other; what is left is the alarm's.
 */
export class StatusBroadcast {
  readonly #calls: RoomOutbox;
  readonly #done: () => void;
  readonly #busy = new Set<string>();
  #running: Promise<void> | undefined;
  #wanted = false;
  #restUntil = 0;

  /** `done` is called whenever something was delivered. */
  constructor(calls: RoomOutbox, done: () => void) {
    this.#calls = calls;
    this.#done = done;
  }

  /** Resolves after the last round. Never rejects. */
  tell(): Promise<void> {
    this.#wanted = true;
    return (this.#running ??= this.#run());
  }

  async #run(): Promise<void> {
    try {
      while (this.#wanted) {
        await this.#rest();
        this.#wanted = false;
        this.#restUntil = Date.now() + restMs;
        const calls = this.#calls.untried("status").filter(({ channelId }) => !this.#busy.has(channelId));
        await settledWithin(this.#deliver(calls), restMs);
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #rest(): Promise<void> {
    // Never longer than the rest, were the clock to go back.
    const waitMs = Math.min(restMs, this.#restUntil - Date.now());
    if (waitMs > 0) await new Promise<void>((resolve) => void setTimeout(resolve, waitMs));
  }

  async #deliver(calls: RoomCall[]): Promise<void> {
    for (const { channelId } of calls) this.#busy.add(channelId);
    await inParallel(calls, roomsAtOnce, async (call) => {
      await this.#calls.deliver([call]);
      this.#busy.delete(call.channelId);
    });
    this.#done();
  }
}
