import { describe, expect, test } from "vitest";
import { dateValueOf } from "../../../web/src/ui/day.ts";
import { beginningOf, endOf, periodsOf } from "../../../web/src/admin/forms/expiry.ts";

describe("periods", () => {
  test("are labelled, with one without an end on request", () => {
    expect(periodsOf([1, 30], { withNever: true })).toEqual([
      { value: "1", label: "1 day" },
      { value: "30", label: "30 days" },
      { value: "", label: "Never" },
    ]);
  });

  test("end after as many days, or not at all", () => {
    expect(endOf("7", Date.UTC(2026, 0, 1))).toBe("2026-01-08T00:00:00.000Z");
    expect(endOf("")).toBeUndefined();
  });
});

describe("dates of fields", () => {
  test("are days in the user's time zone", () => {
    const at = new Date(2026, 2, 5, 23, 59).getTime();
    expect(dateValueOf(at)).toBe("2026-03-05");
    expect(beginningOf("2026-03-05")).toBe(new Date(2026, 2, 5).toISOString());
  });

  test.each(["", "2026", "2026-00-01", "abc", "20261-01-01"])("ignore %j, which is no date", (value) => {
    expect(beginningOf(value)).toBeUndefined();
  });
});
