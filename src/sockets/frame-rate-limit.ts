export interface FrameRateLimits {
  /** Frames a second on average, and at once. */
  perSecond: number;
  burst: number;
  /** Frames within a minute that may be refused for being too many, and that may be none. */
  rejectionsPerMinute: number;
  invalidFramesPerMinute: number;
}

const minuteMs = 60_000;

/** What one socket may send: a token bucket, and how often it may overdo it. */
export class FrameRateLimit {
  readonly #limits: FrameRateLimits;
  #tokens: number;
  #filledAt = 0;
  #refusals: number[] = [];
  #faults: number[] = [];

  constructor(limits: FrameRateLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Takes a frame: 0, or the milliseconds after which the next one would be taken. */
  tryAcquire(nowMs: number): number {
    const { perSecond, burst } = this.#limits;
    const passedMs = Math.max(0, nowMs - this.#filledAt);
    this.#filledAt = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (passedMs * perSecond) / 1_000);
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000) / perSecond);
    this.#tokens--;
    return 0;
  }

  /** Counts a frame that was too much; whether that is enough. */
  countRejection(nowMs: number): boolean {
    this.#refusals = within(this.#refusals, nowMs);
    return this.#refusals.length >= this.#limits.rejectionsPerMinute;
  }

  /** Counts a frame that was none; whether that is enough. */
  countInvalidFrame(nowMs: number): boolean {
    this.#faults = within(this.#faults, nowMs);
    return this.#faults.length >= this.#limits.invalidFramesPerMinute;
  }
}

const within = (times: number[], nowMs: number): number[] => [
  ...times.filter((at) => at > nowMs - minuteMs),
  nowMs,
];
