import { describe, expect, it } from "vitest";
import { dayName, daysForRequest, weekDays } from "../../../web/src/settings/notifications/week-days.ts";
import { squareCrop } from "../../../web/src/settings/profile/square-crop.ts";
import { timeZoneNames } from "../../../web/src/settings/profile/time-zones.ts";
import { dateValueOf } from "../../../web/src/ui/day.ts";
import { expiresAt } from "../../../web/src/settings/tokens/expiry.ts";

describe("profile pictures", () => {
  it("crops the middle of a wide image and makes it smaller", () => {
    expect(squareCrop({ width: 4000, height: 3000 })).toEqual({ left: 500, top: 0, side: 3000, target: 512 });
  });

  it("crops the middle of a high image", () => {
    expect(squareCrop({ width: 301, height: 600 })).toEqual({ left: 0, top: 149, side: 301, target: 301 });
  });

  it("does not enlarge a small image", () => {
    expect(squareCrop({ width: 64, height: 64 })).toEqual({ left: 0, top: 0, side: 64, target: 64 });
  });
});

describe("time zones", () => {
  it("adds the zones of the profile and of the device, once and sorted", () => {
    const names = timeZoneNames(["Asia/Calcutta", "Europe/Berlin", null], ["Europe/Berlin", "America/Lima"]);
    expect(names).toEqual(["America/Lima", "Asia/Calcutta", "Europe/Berlin"]);
  });
});

describe("days of quiet hours", () => {
  it("begins the week on Monday and ends it on Sunday", () => {
    expect(weekDays.map((day) => dayName(day, "en"))).toEqual([
      "Monday",
      "Tuesday",
      "Wednesday",
      "Thursday",
      "Friday",
      "Saturday",
      "Sunday",
    ]);
  });

  it("sends no days if all are chosen, otherwise the chosen ones in order", () => {
    expect(daysForRequest(new Set(weekDays))).toBeUndefined();
    expect(daysForRequest(new Set([5, 0, 1]))).toEqual([0, 1, 5]);
  });
});

describe("expiry of a token", () => {
  const now = new Date("2027-01-01T12:00:00.000Z");

  it("is a number of days from now", () => {
    expect(expiresAt("30", "", now)).toBe("2027-01-31T12:00:00.000Z");
  });

  it("is the end of the chosen day in the zone of the device", () => {
    const until = new Date(expiresAt("date", "2027-03-05", now) ?? "");
    expect(dateValueOf(until)).toBe("2027-03-05");
    expect([until.getHours(), until.getMinutes(), until.getSeconds()]).toEqual([23, 59, 59]);
  });

  it("is absent for a token that is valid until it is revoked", () => {
    expect(expiresAt("never", "2027-03-05", now)).toBeUndefined();
  });
});
