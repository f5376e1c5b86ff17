import { expect, test } from "vitest";
import { chaos } from "../system/chaos/run.ts";

/** `npm run chaos` goes on for longer. */
const cuts = 400;
const seed = 2_004;

test("[CL1] [CL2] [CL3] [GW1] [GW5] [OE1] [RM9] [RS5] 400 broken connections of twelve applications in two channels whose objects lose their memory and die: what each was given is the log, and each send is there as its sender was told", async () => {
  const report = await chaos({
    seed,
    cuts,
    forMs: 90_000,
    cutEveryMs: 40,
    report: (line) => console.log(line),
  });
  console.log(`npm run chaos -- --seed ${seed}`, report);
  expect(report.differences).toEqual([]);
  expect(Object.values(report.cuts).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(cuts);
  expect(report.acknowledged).toBeGreaterThan(200);
});
