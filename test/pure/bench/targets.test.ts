import { describe, expect, test } from "vitest";
import { judge, targets, type Verdict, verdictRow } from "../../../bench/targets.ts";
import { cellRun, epyc, sampleResults, xeon } from "./sample-results.ts";

const verdictOn = (results: Parameters<typeof judge>[0], title: string): Verdict =>
  judge(results).find((verdict) => verdict.title === title)!;

const rate = "deliveries/s, 1,000 subscribers, 16 in flight";

test("each target has a title of its own", () => {
  const titles = targets.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test.each([
  [xeon, { atLeast: 4.5 }, true],
  [epyc, { atLeast: 6.5 }, false],
  ["Ampere Altra", null, null],
])("a goal by processor is that of %s", (cpu, goal, reached) => {
  expect(verdictOn(sampleResults(cpu), rate)).toMatchObject({ goal, measured: 5, reached });
});

test("a read is judged by the reader with a socket", () => {
  const verdict = verdictOn(sampleResults(), "newest page of 50: p50");
  expect(verdict.measured).toBeCloseTo(0.8);
  expect(verdict.reached).toBe(true);
});

test("a file size is judged by the lower of its two ratios", () => {
  const verdict = verdictOn(sampleResults(), "upload of 10 MB beside bare R2, the lower of 1 and 4 at once");
  expect(verdict.measured).toBeCloseTo(0.91);
});

describe("void rounds and missing figures", () => {
  test("a void round does not count", () => {
    const results = sampleResults();
    results.throughput!.figures.runs.push(
      cellRun("1000x4", "parley", { deliveriesPerSecond: 1 }, "other processes used 0.50 of a core"),
    );
    expect(verdictOn(results, rate).measured).toBe(5);
  });

  test("a target without a valid round of the peer is not measured", () => {
    const results = sampleResults();
    const { figures } = results.throughput!;
    figures.runs = figures.runs.filter(({ stack }) => stack === "parley");
    expect(verdictOn(results, rate)).toMatchObject({ measured: null, reached: null });
  });

  test("targets of sections that are not recorded are listed as not measured", () => {
    const rows = judge({}).map(verdictRow);
    expect(rows).toHaveLength(targets.length);
    expect(new Set(rows.map(([, , measured]) => measured))).toEqual(new Set(["not measured"]));
  });
});

test.each([
  [
    { section: "reads", goal: { atMost: 1.3 }, measured: 1.25, reached: true },
    ["≤ 1.3 ×", "1.3 ×", "reached"],
  ],
  [
    { section: "tests", goal: { atMost: 8 }, measured: 9.5, reached: false },
    ["≤ 8 min", "9.5 min", "not reached"],
  ],
  [{ section: "latency", goal: null, measured: 2, reached: null }, ["–", "2.0 ×", "–"]],
] as const)("row %# shows goal, measured value and verdict", (verdict, row) => {
  expect(verdictRow({ title: "a", ...verdict })).toEqual(["a", ...row]);
});
