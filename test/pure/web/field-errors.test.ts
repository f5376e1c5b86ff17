import { expect, test } from "vitest";
import { fieldErrorsOf } from "../../../web/src/admin/forms/field-errors.ts";

test("assigns issues to fields, the first one of each, and keeps the others", () => {
  const { byField, others } = fieldErrorsOf(
    [
      { path: "name", message: "Taken" },
      { path: "name", message: "Too long" },
      { path: "channelIds.0", message: "Not found" },
      { path: "nameOfBot", message: "Unknown" },
      { path: "", message: "Must change something" },
    ],
    ["name", "channelIds"],
  );
  expect([...byField]).toEqual([
    ["name", "Taken"],
    ["channelIds", "Not found"],
  ]);
  expect(others.map(({ path }) => path)).toEqual(["nameOfBot", ""]);
});
