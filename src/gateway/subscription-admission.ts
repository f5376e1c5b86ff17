import { settledWithin } from "../lib/parallel.ts";
import { limits } from "../protocol/index.ts";
import type { ClientSocket } from "./client-socket.ts";

export interface SubscriptionAdmissionOptions {
  /** How many subscriptions may wait for a room's answer at the same time. */
  concurrency: number;
  client: Pick<ClientSocket, "unconfirmedBytes">;
}

/** A subscription that may open now. Calling a method twice has no further effect. */
export interface AdmittedSubscription {
  /** Call when the room has accepted or rejected the socket. */
  answered(): void;
  /** Call when the replay has arrived, or can't arrive any more. */
  caughtUp(): void;
}

/** The largest replay that a room sends. */
const maxReplayBytes = limits.unconfirmedCloseBytes / 4;

/**
 * Admits a client's subscriptions in order: a limited number at a time, and only as many replays as fit into the client's send window.
 * Otherwise a client that missed events in many channels would be closed as too slow each time it reconnects.
 */
export class SubscriptionAdmission {
  readonly #options: SubscriptionAdmissionOptions;
  readonly #waiting: { bytes: number; admit: () => void }[] = [];
  #opening = 0;
  #expectedBytes = 0;

  constructor(options: SubscriptionAdmissionOptions) {
    this.#options = options;
  }

  /**
   * Waits until a subscription may open. Returns undefined if that takes longer than `waitMs`.
   *
   * @param resumes whether the room may replay missed events
   */
  async acquire({
    resumes,
    waitMs,
  }: {
    resumes: boolean;
    waitMs: number;
  }): Promise<AdmittedSubscription | undefined> {
    const bytes = resumes ? maxReplayBytes : 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { bytes, admit: resolve };
    this.#waiting.push(waiting);
    this.admitWaiting();
    if (await settledWithin(promise, waitMs)) return this.#admitted(bytes);
    const index = this.#waiting.indexOf(waiting);
    if (index >= 0) this.#waiting.splice(index, 1);
    // It may have blocked a later one that needs less.
    this.admitWaiting();
    return undefined;
  }

  /** Admits waiting subscriptions as far as possible. Call when the client has confirmed bytes. */
  admitWaiting(): void {
    for (let [next] = this.#waiting; next && this.#isAdmissible(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#opening++;
      this.#expectedBytes += next.bytes;
      next.admit();
    }
  }

  /** Admits all waiting subscriptions: the client is gone, and opening them fails. */
  end(): void {
    for (const { admit } of this.#waiting.splice(0)) admit();
  }

  #isAdmissible(bytes: number): boolean {
    const { concurrency, client } = this.#options;
    if (this.#opening >= concurrency) return false;
    return (
      bytes === 0 || client.unconfirmedBytes + this.#expectedBytes + bytes <= limits.unconfirmedCloseBytes
    );
  }

  #admitted(bytes: number): AdmittedSubscription {
    return {
      answered: once(() => {
        this.#opening--;
        this.admitWaiting();
      }),
      caughtUp: once(() => {
        this.#expectedBytes -= bytes;
        this.admitWaiting();
      }),
    };
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
