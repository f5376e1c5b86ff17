export interface FrameRateLimits {
  /** The rate and the size of the token bucket. */
  perSecond: number;
  burst: number;
  /** How many frames within a minute may be over the rate, and how many may be invalid, before the socket is closed. */
  rejectionsPerMinute: number;
  invalidFramesPerMinute: number;
}

/** Returns the limits that the configuration sets for every client's socket. */
export const frameRateLimits = (config: {
  SOCKET_COMMANDS_PER_SECOND: number;
  SOCKET_COMMANDS_BURST: number;
  SOCKET_REJECTIONS_PER_MINUTE: number;
  SOCKET_INVALID_FRAMES_PER_MINUTE: number;
}): FrameRateLimits => ({
  perSecond: config.SOCKET_COMMANDS_PER_SECOND,
  burst: config.SOCKET_COMMANDS_BURST,
  rejectionsPerMinute: config.SOCKET_REJECTIONS_PER_MINUTE,
  invalidFramesPerMinute: config.SOCKET_INVALID_FRAMES_PER_MINUTE,
});

const minuteMs = 60_000;

/** Limits the frames of one socket by a token bucket, and counts the violations for which it is closed. */
export class FrameRateLimit {
  readonly #limits: FrameRateLimits;
  #tokens: number;
  #filledAt = 0;
  #rejections: number[] = [];
  #invalidFrames: number[] = [];

  constructor(limits: FrameRateLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Takes a token for a frame. Returns 0, or the milliseconds until there is one. */
  tryAcquire(nowMs: number): number {
    const { perSecond, burst } = this.#limits;
    const passedMs = Math.max(0, nowMs - this.#filledAt);
    this.#filledAt = nowMs;
    this.#tokens = Math.min(burst, this.#tokens + (passedMs * perSecond) / 1_000);
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000) / perSecond);
    this.#tokens--;
    return 0;
  }

  /** Counts a frame over the rate. Returns whether the socket is to be closed. */
  countRejection(nowMs: number): boolean {
    this.#rejections = addWithinMinute(this.#rejections, nowMs);
    return this.#rejections.length >= this.#limits.rejectionsPerMinute;
  }

  /** Counts an invalid frame. Returns whether the socket is to be closed. */
  countInvalidFrame(nowMs: number): boolean {
    this.#invalidFrames = addWithinMinute(this.#invalidFrames, nowMs);
    return this.#invalidFrames.length >= this.#limits.invalidFramesPerMinute;
  }
}

const addWithinMinute = (times: number[], nowMs: number): number[] => [
  ...times.filter((at) => at > nowMs - minuteMs),
  nowMs,
];
