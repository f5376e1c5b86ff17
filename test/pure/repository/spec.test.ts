import { URL } from "node:url";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);

/** The rules: lines `- **[LG1]** …` of the spec. */
const spec = readFileSync(new URL("docs/spec.md", root), "utf8");
const rules = [...spec.matchAll(/^- \*\*\[([A-Z]{2}\d+)\]\*\* \S/gm)].map(([, id]) => id ?? "");

/**
 * Returns the ids in brackets at the start of a string that is the first argument of a call, as a test's or a
 * group's title is.
 */
function cited(source: string): string[] {
  const names = source.matchAll(/(?<!\bexpect)\(\s*["'`]((?:\[[A-Z]{2}\d+(?:, ?[A-Z]{2}\d+)*\] ?)+)\S/g);
  return [...names].flatMap(([, ids]) => ids?.match(/[A-Z]{2}\d+/g) ?? []);
}

const files = readdirSync(new URL("test/", root), { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".test.ts") && !name.endsWith("spec.test.ts"),
);
const citations = files.flatMap((file) =>
  cited(readFileSync(new URL(`test/${file}`, root), "utf8")).map((id) => ({ id, file })),
);

test("the spec has rules, each once", () => {
  expect(rules.length).toBeGreaterThan(50);
  expect(rules.filter((id, index) => rules.indexOf(id) !== index)).toEqual([]);
  const mentioned = [...new Set([...spec.matchAll(/\[([A-Z]{2}\d+)\]/g)].map(([, id]) => id))];
  expect(
    mentioned.filter((id) => id && !rules.includes(id)),
    "an id that is no rule",
  ).toEqual([]);
});

test("each rule of the spec is cited by a test", () => {
  const proven = new Set(citations.map(({ id }) => id));
  expect(rules.filter((id) => !proven.has(id))).toEqual([]);
});

test("no test cites a rule that the spec does not have", () => {
  expect(citations.filter(({ id }) => !rules.includes(id))).toEqual([]);
});

test("citations are found wherever a title can be", () => {
  const names = [
    'test("[AB1] x"',
    "test(`[AB2] ${x}`",
    'it("[AB3] [AB4] x"',
    'test.each([1, 2])("[AB5] %i"',
    'test.each(Array.from({ length: 3 }, (_, n) => n))(\n  "[AB6] x"',
    'describe("[AB7, AB8] x"',
    'test.skipIf(true)("[AB9] x"',
  ];
  expect(cited(names.join("\n")).sort()).toEqual([
    "AB1",
    "AB2",
    "AB3",
    "AB4",
    "AB5",
    "AB6",
    "AB7",
    "AB8",
    "AB9",
  ]);
  expect(cited('expect("[XX1]") // test of [XX2]\nconst a = ["[XX3] x"]; test("x [XX4]"')).toEqual([]);
});
