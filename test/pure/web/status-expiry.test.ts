import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expiryOf } from "../../../web/src/status/status-expiry.ts";

const zone = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "America/New_York";
});
afterAll(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

describe("the end of a status", () => {
  // Wednesday, 21:00 in New York.
  const now = new Date("2026-11-26T02:00:00Z");

  test.each([
    ["never", undefined],
    ["30min", "2026-11-26T02:30:00.000Z"],
    ["4h", "2026-11-26T06:00:00.000Z"],
    ["today", "2026-11-26T04:59:00.000Z"],
    ["week", "2026-11-30T04:59:00.000Z"],
  ])("%s", (key, end) => {
    expect(expiryOf(key, now)?.toISOString()).toBe(end);
  });

  test("on a Sunday, the week ends that day", () => {
    expect(expiryOf("week", new Date("2026-11-29T17:00:00Z"))?.toISOString()).toBe(
      "2026-11-30T04:59:00.000Z",
    );
  });
});
