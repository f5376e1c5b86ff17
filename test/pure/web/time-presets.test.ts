import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  localTimeText,
  parseLocalTime,
  resolveTime,
  timePresets,
} from "../../../web/src/later/time-presets.ts";

const zone = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "Europe/Berlin";
});
afterAll(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

const presets = (now: string): Record<string, string> =>
  Object.fromEntries(
    timePresets(new Date(now)).map(({ key, at }) => [key, localTimeText(at(new Date(now)))]),
  );

describe("the offered times", () => {
  test("are relative to now, and 9:00 of the device's zone", () => {
    // Wednesday, 14:30 in Berlin.
    expect(presets("2026-11-25T13:30:00Z")).toEqual({
      "20min": "2026-11-25T14:50",
      "1h": "2026-11-25T15:30",
      tomorrow: "2026-11-26T09:00",
      monday: "2026-11-30T09:00",
    });
  });

  test("on a Monday, next Monday is a week later", () => {
    expect(presets("2026-11-30T08:00:00Z")["monday"]).toBe("2026-12-07T09:00");
  });

  test("on a Sunday, next Monday is left out, because it is tomorrow", () => {
    const offered = presets("2026-11-29T12:00:00Z");
    expect(offered["tomorrow"]).toBe("2026-11-30T09:00");
    expect(offered).not.toHaveProperty("monday");
  });

  test("tomorrow is 9:00 also when the clocks change in the night", () => {
    expect(presets("2026-03-28T20:00:00Z")["tomorrow"]).toBe("2026-03-29T09:00");
    expect(presets("2026-10-24T20:00:00Z")["tomorrow"]).toBe("2026-10-25T09:00");
  });

  test("tomorrow is the next day of the device, not of UTC", () => {
    // 0:30 on the 26th in Berlin.
    expect(presets("2026-11-25T23:30:00Z")["tomorrow"]).toBe("2026-11-27T09:00");
  });
});

describe("the chosen time", () => {
  const now = new Date("2026-11-25T13:30:00Z");

  test("is that of a preset at the moment of sending", () => {
    expect(resolveTime({ key: "1h", custom: "" }, now)?.toISOString()).toBe("2026-11-25T14:30:00.000Z");
  });

  test("is that of the field, in the zone of the device", () => {
    const chosen = { key: "custom", custom: "2026-12-24T18:00" };
    expect(resolveTime(chosen, now)?.toISOString()).toBe("2026-12-24T17:00:00.000Z");
  });

  test("is missing while the field is empty or incomplete, and for an unknown preset", () => {
    for (const custom of ["", "2026-12-24", "2026-13-40T10:00", "soon"])
      expect(resolveTime({ key: "custom", custom }, now)).toBeNull();
    expect(resolveTime({ key: "never", custom: "2026-12-24T18:00" }, now)).toBeNull();
  });

  test("a time survives the field", () => {
    const at = new Date("2026-07-01T06:05:00Z");
    expect(parseLocalTime(localTimeText(at))).toEqual(at);
  });
});
