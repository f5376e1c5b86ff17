import { expect, test } from "vitest";
import { failpointsIn } from "../../../scripts/support/bundle-rules.ts";

const source = 'export type Failpoint = "room:before-commit" | "room:after-commit";';

test("a bundle without failpoints passes", () => {
  expect(failpointsIn("function commit(){return 1}", source)).toEqual([]);
});

test.each([
  ["if (__FAILPOINTS__) die()", "__FAILPOINTS__"],
  ['throw Error("failpoint: here")', "failpoint:"],
  ["hit('room:after-commit')", "room:after-commit"],
])("%s is found", (bundle, found) => {
  expect(failpointsIn(bundle, source)).toEqual([`it contains "${found}"`]);
});

test("without names to look for, it fails", () => {
  expect(failpointsIn("", "export {}")).toHaveLength(1);
});
