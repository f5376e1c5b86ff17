import { URL } from "node:url";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { documentOf } from "../../../bench/document.ts";
import { generatedFiles, merge, recordedFile } from "../../../bench/publish.ts";
import { withReadmeTable } from "../../../bench/readme.ts";
import { readResults } from "../../../bench/results.ts";
import { cellRun, sampleResults } from "./sample-results.ts";

const text = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("documents and charts show the recorded figures: else npm run bench -- --render", () => {
  for (const [path, generated] of generatedFiles(readResults(recordedFile), text("README.md")))
    expect(text(path), path).toBe(generated);
});

test("each section states date, commit and processor", () => {
  const sections = documentOf(sampleResults()).split("\n## ").slice(2, -1);
  expect(sections).toHaveLength(5);
  for (const section of sections)
    expect(section).toContain(
      "Measured on 2026-11-28, at commit abc1234, on Intel(R) Xeon(R) Processor (2 cores)",
    );
});

test("a void run is listed with its reason", () => {
  const results = sampleResults();
  results.latency!.figures.runs.push(
    cellRun("latency-100", "parley", {}, "other processes used 0.50 of a core"),
  );
  expect(documentOf(results)).toContain(
    "- Parley, latency-100, round 1: void: other processes used 0.50 of a core",
  );
});

test("the README keeps the text around its table, and lists goals not reached", () => {
  const readme = withReadmeTable(text("README.md"), sampleResults());
  expect(readme.startsWith("# Parley\n")).toBe(true);
  expect(readme.endsWith("MIT, see [LICENSE](LICENSE).\n")).toBe(true);
  expect(readme).toContain("| 1,000 readers, 16 messages in flight | 500 deliveries/s | 100 deliveries/s |");
  expect(readme).toContain("These goals are not reached");
  expect([...readme.matchAll(/docs\/bench\/\w+\.svg/g)]).toHaveLength(2);
  expect(withReadmeTable(readme, sampleResults())).toBe(readme);
});

describe("a new run replaces recorded sections", () => {
  test("sections that it did not measure stay", () => {
    const { reads, latency } = sampleResults();
    const { results, rejected } = merge({ reads: reads! }, { latency: latency! });
    expect([Object.keys(results), rejected]).toEqual([["reads", "latency"], []]);
  });

  test.each([
    ["a quick run", { quick: true }, "reads: a quick run does not replace figures of a full run"],
    ["a run without a peer", { skipped: ["no peer"] }, "reads: not all stacks were measured (no peer)"],
  ])("%s does not replace a full one", (_, changes, reason) => {
    const reads = sampleResults().reads!;
    const { results, rejected } = merge({ reads }, { reads: { ...reads, ...changes } });
    expect(results.reads).toBe(reads);
    expect(rejected).toEqual([reason]);
  });
});
