import { expect, test } from "vitest";
import { chaos } from "../system/chaos/run.ts";

/** `npm run chaos` runs for longer. */
const cuts = 400;
const seed = 2_004;

test("[CL1] [CL2] [CL3] [GW1] [GW5] [OE1] [RM9] [RS5] 400 faults: views equal the log", async () => {
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
