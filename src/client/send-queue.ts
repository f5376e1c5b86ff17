/** A frame that waits to be sent. */
export interface Frame {
  /** Priority: frames with a lower value are sent first, those with an equal one in the order in which they were queued. */
  order: number;
  /** Called when the frame is about to be sent; undefined drops it. */
  text: () => string | undefined;
}

/** The command rate that the server allows on this connection, from its `hello`. */
export interface RateLimit {
  commandsPerSecond: number;
  commandsBurst: number;
}

/** The used share of the allowed rate: jitter on the way makes frames arrive closer together than they were sent. */
const usedShare = 0.9;

/** Sends the frames of one connection in order, by a token bucket that stays below the server's rate limit. */
export class SendQueue {
  #frames: Frame[] = [];
  #tokens: number;
  #refilledAt = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #burst: number;
  readonly #tokensPerMs: number;
  readonly #send: (text: string) => void;

  constructor({ commandsPerSecond, commandsBurst }: RateLimit, send: (text: string) => void) {
    this.#burst = Math.max(1, Math.floor(usedShare * commandsBurst));
    this.#tokensPerMs = (usedShare * commandsPerSecond) / 1_000;
    this.#tokens = this.#burst;
    this.#send = send;
  }

  /** Whether a frame would be sent at once. */
  get isIdle(): boolean {
    return this.#frames.length === 0 && this.#waitMs() === 0;
  }

  post(frame: Frame): void {
    const last = this.#frames.findLastIndex(({ order }) => order <= frame.order);
    this.#frames.splice(last + 1, 0, frame);
    if (this.#timer === undefined) this.#flush();
  }

  /** Sends nothing for `waitMs`, and empties the bucket. */
  pause(waitMs: number): void {
    this.#tokens = 0;
    this.#refilledAt = Math.max(this.#refilledAt, performance.now() + waitMs);
  }

  stop(): void {
    this.#frames = [];
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    while (this.#frames.length > 0) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), waitMs);
        return;
      }
      const text = this.#frames.shift()?.text();
      if (text === undefined) continue;
      this.#tokens--;
      this.#send(text);
    }
  }

  /** Refills the bucket, and returns how long until it holds a token. */
  #waitMs(): number {
    const now = performance.now();
    // Negative during a pause, whose end is stored as the time of the last refill.
    const passedMs = now - this.#refilledAt;
    if (passedMs > 0) {
      this.#tokens = Math.min(this.#burst, this.#tokens + passedMs * this.#tokensPerMs);
      this.#refilledAt = now;
    }
    if (this.#tokens >= 1) return 0;
    return Math.max(0, -passedMs) + Math.ceil((1 - this.#tokens) / this.#tokensPerMs);
  }
}
