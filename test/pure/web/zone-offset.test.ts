import { describe, expect, test } from "vitest";
import { differenceText, zoneOffset } from "../../../web/src/panes/profile/zone-offset.ts";

describe("the time zone of a user", () => {
  test.each([
    ["UTC", "2026-11-25T12:00:00Z", 0],
    ["Europe/Berlin", "2026-11-25T12:00:00Z", 60],
    ["Europe/Berlin", "2026-07-25T12:00:00Z", 120],
    ["America/New_York", "2026-11-25T12:00:00Z", -300],
    ["Asia/Kolkata", "2026-11-25T12:00:00Z", 330],
    ["Asia/Kathmandu", "2026-11-25T12:00:00Z", 345],
    ["Pacific/Marquesas", "2026-11-25T12:00:00Z", -570],
  ])("%s at %s is %i minutes ahead of UTC", (zone, at, minutes) => {
    expect(zoneOffset(zone, new Date(at))).toBe(minutes);
  });

  test("an unknown zone has no offset", () => {
    expect(zoneOffset("Mars/Base", new Date())).toBeNull();
  });

  test.each([
    [0, ""],
    [60, "1 hour ahead of you"],
    [-360, "6 hours behind you"],
    [330, "5.5 hours ahead of you"],
    [-345, "5.75 hours behind you"],
  ])("%i minutes are “%s”", (minutes, text) => {
    expect(differenceText(minutes)).toBe(text);
  });
});
