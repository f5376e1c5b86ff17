import { describe, expect, test } from "vitest";
import { quietUntil } from "../../../src/domain/quiet-hours.ts";
import { ZonedClock } from "../../../src/lib/zoned-time.ts";
import type { QuietHours } from "../../../src/protocol/index.ts";

const night: QuietHours = { start: "22:00", end: "07:00" };

/** The end of the quiet hours at an instant, in UTC; undefined outside of them. */
function endAt(quietHours: QuietHours, timeZone: string, instant: string): string | undefined {
  const end = quietUntil(quietHours, new ZonedClock(timeZone), Date.parse(instant));
  return end === undefined ? undefined : new Date(end).toISOString();
}

describe("[WP10] quiet hours across midnight", () => {
  test.each([
    ["2026-11-24T20:59:59.999Z", undefined],
    ["2026-11-24T21:00:00.000Z", "2026-11-25T06:00:00.000Z"],
    ["2026-11-24T22:59:59.999Z", "2026-11-25T06:00:00.000Z"],
    ["2026-11-24T23:00:00.000Z", "2026-11-25T06:00:00.000Z"],
    ["2026-11-25T05:59:59.999Z", "2026-11-25T06:00:00.000Z"],
    ["2026-11-25T06:00:00.000Z", undefined],
  ])("Europe/Berlin at %s: until %s", (instant, end) => {
    expect(endAt(night, "Europe/Berlin", instant)).toBe(end);
  });

  test.each([
    ["2026-11-24T02:59:59.999Z", undefined],
    ["2026-11-24T03:00:00.000Z", "2026-11-24T12:00:00.000Z"],
    ["2026-11-24T12:00:00.000Z", undefined],
  ])("America/New_York at %s: until %s", (instant, end) => {
    expect(endAt(night, "America/New_York", instant)).toBe(end);
  });

  test.each([
    ["Pacific/Kiritimati", "2026-11-24T08:00:00.000Z", "2026-11-24T17:00:00.000Z"],
    ["Asia/Kathmandu", "2026-11-24T16:15:00.000Z", "2026-11-25T01:15:00.000Z"],
    ["Pacific/Marquesas", "2026-11-24T07:30:00.000Z", "2026-11-24T16:30:00.000Z"],
  ])("an unusual offset: %s", (zone, start, end) => {
    expect(endAt(night, zone, start)).toBe(end);
    expect(endAt(night, zone, new Date(Date.parse(start) - 1).toISOString())).toBeUndefined();
  });
});

describe("[WP10] quiet hours within a day", () => {
  const lunch: QuietHours = { start: "12:30", end: "13:15" };

  test.each([
    ["2026-11-24T12:29:00.000Z", undefined],
    ["2026-11-24T12:30:00.000Z", "2026-11-24T13:15:00.000Z"],
    ["2026-11-24T13:14:59.999Z", "2026-11-24T13:15:00.000Z"],
    ["2026-11-24T13:15:00.000Z", undefined],
  ])("at %s: until %s", (instant, end) => {
    expect(endAt(lunch, "UTC", instant)).toBe(end);
  });
});

describe("[WP10] quiet hours while clocks are changed", () => {
  test.each([
    // Clocks are set forward at 2:00 and back at 3:00 in Berlin, forward and back at 2:00 in New York.
    ["Europe/Berlin", "2026-03-28T21:00:00.000Z", "2026-03-29T05:00:00.000Z"],
    ["Europe/Berlin", "2026-10-24T20:00:00.000Z", "2026-10-25T06:00:00.000Z"],
    ["America/New_York", "2026-03-08T03:00:00.000Z", "2026-03-08T11:00:00.000Z"],
    ["America/New_York", "2026-11-01T02:00:00.000Z", "2026-11-01T12:00:00.000Z"],
  ])("%s: from %s to %s", (zone, start, end) => {
    expect(endAt(night, zone, start)).toBe(end);
    expect(endAt(night, zone, new Date(Date.parse(start) - 1).toISOString())).toBeUndefined();
    expect(endAt(night, zone, new Date(Date.parse(end) - 1).toISOString())).toBe(end);
    expect(endAt(night, zone, end)).toBeUndefined();
  });

  test("an end in the skipped hour is an hour later on the clock", () => {
    const until = { start: "22:00", end: "02:30" };
    expect(endAt(until, "Europe/Berlin", "2026-03-28T22:00:00.000Z")).toBe("2026-03-29T01:30:00.000Z");
  });

  test("a time that the clock shows twice counts the first time", () => {
    const until = { start: "22:00", end: "02:30" };
    expect(endAt(until, "Europe/Berlin", "2026-10-24T23:00:00.000Z")).toBe("2026-10-25T00:30:00.000Z");
    expect(endAt(until, "Europe/Berlin", "2026-10-25T01:15:00.000Z")).toBeUndefined();
    const from = { start: "02:30", end: "06:00" };
    expect(endAt(from, "Europe/Berlin", "2026-10-25T00:30:00.000Z")).toBe("2026-10-25T05:00:00.000Z");
    expect(endAt(from, "Europe/Berlin", "2026-10-25T01:15:00.000Z")).toBe("2026-10-25T05:00:00.000Z");
  });
});

describe("[WP10] quiet hours on days of the week", () => {
  test("belong to the day on which they begin", () => {
    // 2026-11-27 is a Friday.
    const weekdays: QuietHours = { ...night, days: [1, 2, 3, 4, 5] };
    expect(endAt(weekdays, "Europe/Berlin", "2026-11-27T22:00:00.000Z")).toBe("2026-11-28T06:00:00.000Z");
    expect(endAt(weekdays, "Europe/Berlin", "2026-11-28T05:00:00.000Z")).toBe("2026-11-28T06:00:00.000Z");
    expect(endAt(weekdays, "Europe/Berlin", "2026-11-28T22:00:00.000Z")).toBeUndefined();
    expect(endAt(weekdays, "Europe/Berlin", "2026-11-29T05:00:00.000Z")).toBeUndefined();
    expect(endAt(weekdays, "Europe/Berlin", "2026-11-30T05:00:00.000Z")).toBeUndefined();
    expect(endAt(weekdays, "Europe/Berlin", "2026-11-30T21:00:00.000Z")).toBe("2026-12-01T06:00:00.000Z");
  });

  test("a start that equals the end lasts a day", () => {
    const weekend: QuietHours = { start: "00:00", end: "00:00", days: [6, 0] };
    expect(endAt(weekend, "UTC", "2026-11-27T23:59:59.999Z")).toBeUndefined();
    expect(endAt(weekend, "UTC", "2026-11-28T00:00:00.000Z")).toBe("2026-11-29T00:00:00.000Z");
    expect(endAt(weekend, "UTC", "2026-11-29T12:00:00.000Z")).toBe("2026-11-30T00:00:00.000Z");
    expect(endAt(weekend, "UTC", "2026-11-30T00:00:00.000Z")).toBeUndefined();
  });
});

test("[WP10] every instant of a year is in at most the hours of its day", () => {
  const clock = new ZonedClock("Europe/Berlin");
  for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 197 * 60_000) {
    const hour = new Date(clock.wallOf(ms)).getUTCHours();
    expect(quietUntil(night, clock, ms) !== undefined, new Date(ms).toISOString()).toBe(
      hour >= 22 || hour < 7,
    );
  }
});
