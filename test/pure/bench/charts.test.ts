import { expect, test } from "vitest";
import { chartNames, chartsOf } from "../../../bench/charts/charts.ts";
import { svgOf } from "../../../bench/charts/svg.ts";
import { sampleResults } from "./sample-results.ts";

const maxBytes = 30_000;

test("each chart names processor, versions and date, and is small", () => {
  const charts = chartsOf(sampleResults());
  expect([...charts.keys()]).toEqual([...chartNames]);
  for (const svg of charts.values()) {
    expect(svg).toContain("Intel(R) Xeon(R) Processor, 2 cores. 2026-11-28");
    expect(svg).toMatch(/workerd 1\.2/);
    expect(svg).toMatch(/ \((?:more|less) is better\)<\/text>/);
    expect(Buffer.byteLength(svg)).toBeLessThan(maxBytes);
  }
});

test("sections that are not recorded have no chart", () => {
  expect([...chartsOf({ reads: sampleResults().reads! }).keys()]).toEqual(["reads"]);
});

test("bars are in proportion, and text is escaped", () => {
  const svg = svgOf({
    title: "A < B & C",
    subtitle: "less",
    series: ["one"],
    panels: [
      {
        title: "",
        groups: [
          { label: "large", bars: [{ series: 0, value: 200 }] },
          { label: "small", bars: [{ series: 0, value: 50 }] },
        ],
      },
    ],
    footer: [],
    format: String,
  });
  const widths = [...svg.matchAll(/width="([\d.]+)" height="13"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect(widths[0]! / widths[1]!).toBeCloseTo(4, 1);
  expect(svg).toContain("A &lt; B &amp; C");
});
