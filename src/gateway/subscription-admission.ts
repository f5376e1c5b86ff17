import { settledWithin } from "../lib/parallel.ts";
import { limits } from "../protocol/index.ts";

export interface OpeningsOptions {
  /** How many may be on their way to a room. */
  width: number;
  /** What the client has not confirmed. */
  unconfirmedBytes: () => number;
}

/** One that may open now. Each may be said more than once. */
export interface Opening {
  /** The room has answered. */
  answered(): void;
  /** What it says first has come, or never will. */
  caughtUp(): void;
}

/** The most that a room tells of what was missed. */
const missedBytes = limits.unconfirmedCloseBytes / 4;

/**
 * Channels that a client opens: so many at a time, in order, and no more than it can take of what it missed, or one that is behind
 * in many channels would be closed as a slow one, each time that it comes back.
 */
export class SubscriptionAdmission {
  readonly #options: OpeningsOptions;
  readonly #waiting: { bytes: number; begin: () => void }[] = [];
  #underWay = 0;
  #expectedBytes = 0;

  constructor(options: OpeningsOptions) {
    this.#options = options;
  }

  /** Waits for its turn; undefined where that does not come within `waitMs`. `resumes`: it may have missed something. */
  async begin({ resumes, waitMs }: { resumes: boolean; waitMs: number }): Promise<Opening | undefined> {
    const bytes = resumes ? missedBytes : 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { bytes, begin: resolve };
    this.#waiting.push(waiting);
    this.look();
    if (await settledWithin(promise, waitMs)) return this.#opening(bytes);
    const place = this.#waiting.indexOf(waiting);
    if (place >= 0) this.#waiting.splice(place, 1);
    // One that can wait no longer may have held up others.
    this.look();
    return undefined;
  }

  /** Lets begin what may: to be called when the client has confirmed something. */
  look(): void {
    for (let [next] = this.#waiting; next && this.#mayBegin(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#underWay++;
      this.#expectedBytes += next.bytes;
      next.begin();
    }
  }

  /** Nobody waits any longer. */
  end(): void {
    for (const { begin } of this.#waiting.splice(0)) begin();
  }

  #mayBegin(bytes: number): boolean {
    const { width, unconfirmedBytes } = this.#options;
    if (this.#underWay >= width) return false;
    return bytes === 0 || unconfirmedBytes() + this.#expectedBytes + bytes <= limits.unconfirmedCloseBytes;
  }

  #opening(bytes: number): Opening {
    return {
      answered: once(() => {
        this.#underWay--;
        this.look();
      }),
      caughtUp: once(() => {
        this.#expectedBytes -= bytes;
        this.look();
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
