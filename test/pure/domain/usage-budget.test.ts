import { expect, test } from "vitest";
import { seededRandom } from "../../../scripts/support/seeded-random.ts";
import { type BucketLevel, msUntil, refilled } from "../../../src/domain/usage-budget.ts";
import { costOf, expectedCost, toggledBy } from "../../../src/channel-object/commands/write-cost.ts";

const budget = { limit: 100, windowMs: 60_000 };

test("[QT1] no window exceeds the limit, at any start and for any usage", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed);
    const acceptedAt: number[] = [];
    let level: BucketLevel | undefined;
    for (let nowMs = 1_000_000; nowMs < 1_000_000 + 5 * budget.windowMs; nowMs += random() * 2_000) {
      if (random() < 0.3) nowMs += random() * 30_000;
      level = refilled(budget, level, nowMs);
      while (random() < 0.95 && msUntil(budget, level, 1) === 0) {
        level = { ...level, tokens: level.tokens - 1 };
        acceptedAt.push(nowMs);
      }
    }
    expect(acceptedAt.length).toBeGreaterThan(100);
    for (const from of acceptedAt)
      expect(acceptedAt.filter((at) => at >= from && at < from + budget.windowMs).length).toBeLessThanOrEqual(
        100,
      );
  }
});

test("[QT1] the retry time is exact, and a clock that goes back grants nothing", () => {
  let level: BucketLevel = { ...refilled(budget, undefined, 0), tokens: -7.5 };
  const waitMs = msUntil(budget, level, 1);
  expect(msUntil(budget, refilled(budget, level, waitMs - 2), 1)).toBeGreaterThan(0);
  expect(msUntil(budget, refilled(budget, level, waitMs), 1)).toBe(0);
  level = refilled(budget, { tokens: 0, at: 50_000 }, 20_000);
  expect(level).toEqual({ tokens: 0, at: 50_000 });
});

test("[QT1] a message costs by its bytes and mentions; personal state almost nothing", () => {
  const message = (content: string) => expectedCost({ type: "messageCreate", data: { content } });
  expect(message("é".repeat(8_000)).bytes - message("").bytes).toBe(16_000);
  expect(expectedCost({ type: "read", data: { seq: 1 } })).toEqual({ writes: 0.1, bytes: 0 });
  const mentions = Array.from({ length: 1_000 }, (_, n) => `usr_${n}`);
  const event = { type: "messageCreate", data: { message: { mentions } } } as never;
  expect(costOf([event], 40_000)).toEqual({ writes: 51, bytes: 240_200 });
});

test("[QT3] a toggle is one thing for each user, in any form of its emoji", () => {
  const keys = ["❤", "❤\ufe0f", "❤\ufe0e", "❤\ufe0e\ufe0f\ufe0e"].flatMap((emoji) => [
    toggledBy("usr_a", { type: "reactionAdd", data: { messageId: "msg_1", emoji } }),
    toggledBy("usr_a", { type: "reactionRemove", data: { messageId: "msg_1", emoji } }),
  ]);
  expect(new Set(keys).size).toBe(1);
  expect(toggledBy("usr_a", { type: "messageCreate", data: { content: "x" } })).toBeUndefined();
  const notOneEmoji = { messageId: "msg_1", emoji: "x".repeat(64) };
  expect(toggledBy("usr_a", { type: "reactionAdd", data: notOneEmoji })).toBeUndefined();
});
