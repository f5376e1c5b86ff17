import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SendQueue } from "../../../src/client/send-queue.ts";
import { FrameRateLimit } from "../../../src/sockets/frame-rate-limit.ts";

const pace = { commandsPerSecond: 20, commandsBurst: 60 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function opened() {
  const sent: { text: string; at: number }[] = [];
  const begun = Date.now();
  const outbox = new SendQueue(pace, (text) => sent.push({ text, at: Date.now() - begun }));
  const post = (text: string, order = 0) => outbox.post({ order, text: () => text });
  return { outbox, sent, post };
}

test("[CL3] frames stay below the server's rate limit, and all are sent", async () => {
  const { sent, post } = opened();
  for (let count = 1; count <= 300; count++) post(`${count}`);
  expect(sent).toHaveLength(54);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(sent.map(({ text }) => text)).toEqual(Array.from({ length: 300 }, (_, index) => `${index + 1}`));
  const allowance = new FrameRateLimit({
    perSecond: 20,
    burst: 60,
    rejectionsPerMinute: 1,
    invalidFramesPerMinute: 1,
  });
  // Frames that were up to 300 ms in transit and arrived together.
  for (const { at } of sent) expect(allowance.tryAcquire(1_000_000 + Math.floor(at / 300) * 300)).toBe(0);
});

test("frames go by priority, then by age; withdrawn frames use no budget", async () => {
  const { outbox, sent, post } = opened();
  outbox.pause(100);
  post("late", 9);
  post("first", 0);
  outbox.post({ order: 0, text: () => undefined });
  post("second", 0);
  post("command", 3);
  expect(outbox.isIdle).toBe(false);
  await vi.advanceTimersByTimeAsync(99);
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(sent.map(({ text }) => text)).toEqual(["first", "second", "command", "late"]);
  expect(outbox.isIdle).toBe(true);
});

test("once it is stopped nothing is sent", async () => {
  const { outbox, sent, post } = opened();
  outbox.pause(10);
  post("one");
  outbox.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual([]);
});

test("[CL3] a clock that goes back an hour delays nothing", async () => {
  const { sent, post } = opened();
  for (let count = 1; count <= 100; count++) post(`${count}`);
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toHaveLength(100);
});
