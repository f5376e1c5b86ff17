import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameRateLimit } from "../../../src/sockets/frame-rate-limit.ts";

const limits = { perSecond: 20, burst: 60, rejectionsPerMinute: 200, invalidFramesPerMinute: 20 };
const startMs = 1_800_000_000_000;

/** Returns how many of the frames at these moments are accepted. */
const accepted = (limiter: FrameRateLimit, times: number[]): number =>
  times.filter((at) => limiter.tryAcquire(at) === 0).length;

test("[LM1] a socket may send its burst at once, then no more than its rate", () => {
  const limiter = new FrameRateLimit(limits);
  const atOnce = Array.from({ length: 100 }, () => startMs);
  expect(accepted(limiter, atOnce)).toBe(60);
  const aSecondLater = Array.from({ length: 100 }, () => startMs + 1_000);
  expect(accepted(limiter, aSecondLater)).toBe(20);
});

test("[LM1] an idle socket regains its whole burst, and no more", () => {
  const limiter = new FrameRateLimit(limits);
  accepted(
    limiter,
    Array.from({ length: 60 }, () => startMs),
  );
  expect(
    accepted(
      limiter,
      Array.from({ length: 200 }, () => startMs + 3_600_000),
    ),
  ).toBe(60);
});

test("[LM1] a frame after the retry time is accepted, one 1 ms earlier is not", () => {
  const rates = fc.record({
    perSecond: fc.integer({ min: 1, max: 300 }),
    burst: fc.integer({ min: 1, max: 80 }),
  });
  fc.assert(
    fc.property(rates, fc.array(fc.nat(2_000), { maxLength: 100 }), (rate, pauses) => {
      const limiter = new FrameRateLimit({ ...limits, ...rate });
      let nowMs = startMs;
      for (const pauseMs of pauses) {
        nowMs += pauseMs;
        const waitMs = limiter.tryAcquire(nowMs);
        if (waitMs === 0) continue;
        expect(waitMs).toBeLessThanOrEqual(Math.ceil(1_000 / rate.perSecond));
        if (waitMs > 1) expect(limiter.tryAcquire(nowMs + waitMs - 1)).toBeGreaterThan(0);
        nowMs += waitMs;
        expect(limiter.tryAcquire(nowMs)).toBe(0);
      }
    }),
  );
});

test("[LM1] no time span accepts more than the burst plus the rate", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 300 }), (pauses) => {
      const limiter = new FrameRateLimit(limits);
      let nowMs = startMs;
      const times: number[] = [];
      for (const pauseMs of pauses) {
        nowMs += pauseMs;
        if (limiter.tryAcquire(nowMs) === 0) times.push(nowMs);
      }
      for (const [first, from] of times.entries())
        for (const [last, to] of times.entries())
          if (last >= first)
            expect(last - first + 1).toBeLessThanOrEqual(
              limits.burst + ((to - from) * limits.perSecond) / 1_000 + 1e-6,
            );
    }),
    { numRuns: 30 },
  );
});

test("[LM1] a clock that goes back neither grants nor costs frames", () => {
  const limiter = new FrameRateLimit(limits);
  expect(limiter.tryAcquire(startMs)).toBe(0);
  expect(
    accepted(
      limiter,
      Array.from({ length: 100 }, () => startMs - 3_600_000),
    ),
  ).toBe(59);
});

test.each([
  ["countRejection", limits.rejectionsPerMinute],
  ["countInvalidFrame", limits.invalidFramesPerMinute],
] as const)("[LM1] [RM11] %s: a number in a minute closes, each is forgotten after it", (kind, enough) => {
  const limiter = new FrameRateLimit(limits);
  const counts = (at: number): boolean => limiter[kind](at);
  for (let n = 1; n < enough; n++) expect(counts(startMs + n)).toBe(false);
  // The first one is a minute old.
  expect(counts(startMs + 60_001)).toBe(false);
  expect(counts(startMs + 60_001)).toBe(true);
});

test("[LM1] rate rejections and faults are counted separately", () => {
  const limiter = new FrameRateLimit({ ...limits, rejectionsPerMinute: 2, invalidFramesPerMinute: 2 });
  expect(limiter.countRejection(startMs)).toBe(false);
  expect(limiter.countInvalidFrame(startMs)).toBe(false);
  expect(limiter.countRejection(startMs)).toBe(true);
  expect(limiter.countInvalidFrame(startMs)).toBe(true);
});
