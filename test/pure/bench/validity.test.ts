import { expect, test } from "vitest";
import { Schedule, timeLeft } from "../../../bench/schedule.ts";
import { repeatWhileVoid, voidReason } from "../../../bench/validity.ts";

test.each([
  [{ generatorCores: 0.9, otherCores: 0.1 }, null],
  [{ generatorCores: 0.97, otherCores: 0.1 }, "the load generator used 0.97 of a core"],
  [{ otherCores: 0.2 }, "other processes used 0.20 of a core"],
])("%j is void because of %j", (use, reason) => {
  expect(voidReason(use)).toBe(reason);
});

const patience = { attempts: 3, idleWaitSeconds: 0 };

test("a void measurement is repeated until it is valid", async () => {
  const runs = await repeatWhileVoid(patience, async (attempt) => ({ void: attempt < 2 ? "busy" : null }));
  expect(runs).toEqual([{ void: "busy" }, { void: null }]);
});

test("a measurement is made at most three times", async () => {
  expect(await repeatWhileVoid(patience, async () => ({ void: "busy" }))).toHaveLength(3);
});

test("the time left follows how long the sections before took", () => {
  let nowMs = 0;
  const estimates = new Map([["reads", 100] as const, ["files", 50] as const]);
  const schedule = new Schedule(estimates, () => nowMs);
  expect(schedule.secondsLeft()).toBe(150);
  schedule.begin("reads");
  nowMs = 40_000;
  expect(schedule.secondsLeft()).toBe(110);
  nowMs = 200_000;
  schedule.end();
  expect(schedule.secondsLeft()).toBe(100);
  expect(timeLeft(schedule.secondsLeft())).toBe("about 2 min left");
});
