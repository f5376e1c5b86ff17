import { expect, test } from "vitest";
import { helpText, readOptions } from "../../../bench/options.ts";
import { sectionNames } from "../../../bench/section.ts";

test("a run measures all sections but the tests", () => {
  expect(readOptions([]).sections).toEqual(sectionNames.filter((name) => name !== "tests"));
  expect(readOptions(["--only", "tests"]).sections).toEqual(["tests"]);
});

test("the name of a cell selects its section", () => {
  const { sections, cells } = readOptions(["--only", "latency-100,reads"]);
  expect(sections).toEqual(["latency", "reads"]);
  expect(cells.map(({ name }) => name)).toEqual(["latency-100"]);
});

test("only whole sections are recorded", () => {
  expect(readOptions(["--only", "latency", "--write"]).write).toBe(true);
  for (const part of ["latency-100", "parley", "reads,parley"])
    expect(() => readOptions(["--only", part, "--write"])).toThrow(/whole sections/);
});

test.each([
  [["--only", "nothing"], /unknown: nothing/],
  [["--rounds", "2"], /odd/],
  [["--seconds", "0"], /at least 1/],
  [["--var", "NAME"], /NAME=VALUE/],
])("%j is rejected", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test("the help lists every section", () => {
  for (const name of sectionNames) expect(helpText).toMatch(new RegExp(String.raw`^  ${name} `, "m"));
});
