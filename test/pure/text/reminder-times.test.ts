import { describe, expect, test } from "vitest";
import { parseTime, splitTime } from "../../../src/features/reminders/parse-time.ts";
import { ZonedClock } from "../../../src/lib/zoned-time.ts";
import { cpuMsSince } from "../../support/backtracking-inputs.ts";

/** Wednesday, 11:30:15 in Berlin, 05:30:15 in New York. */
const nowMs = Date.parse("2026-11-25T10:30:15.250Z");
const parse = async (text: string, timeZone = "Europe/Berlin", at = nowMs) => {
  const ms = await parseTime(text, { timeZone, nowMs: at });
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

test.each([
  ["in 20 minutes", "2026-11-25T10:50:15.250Z"],
  ["20 minutes", "2026-11-25T10:50:15.250Z"],
  ["in half an hour", "2026-11-25T11:00:15.250Z"],
  ["in 2 hours and 30 minutes", "2026-11-25T13:00:15.250Z"],
  ["in 2 days", "2026-11-27T10:30:15.250Z"],
  ["in a week", "2026-12-02T10:30:15.250Z"],
  ["tomorrow", "2026-11-26T08:00:00.000Z"],
  ["Tomorrow at 9:00", "2026-11-26T08:00:00.000Z"],
  ["tomorrow morning", "2026-11-26T05:00:00.000Z"],
  ["on Friday", "2026-11-27T08:00:00.000Z"],
  ["friday at 5pm", "2026-11-27T16:00:00.000Z"],
  ["next Monday", "2026-11-30T08:00:00.000Z"],
  ["tonight", "2026-11-25T21:00:00.000Z"],
  ["noon", "2026-11-25T11:00:00.000Z"],
  ["at 9", "2026-11-26T08:00:00.000Z"],
  ["9:00", "2026-11-26T08:00:00.000Z"],
  ["17:45", "2026-11-25T16:45:00.000Z"],
  ["2026-12-01", "2026-12-01T08:00:00.000Z"],
  ["2026-12-01T09:00", "2026-12-01T08:00:00.000Z"],
  ["2026-12-01T09:00:00Z", "2026-12-01T09:00:00.000Z"],
  ["2026-12-01T09:00:00+05:30", "2026-12-01T03:30:00.000Z"],
  ["Dec 24 at 8pm", "2026-12-24T19:00:00.000Z"],
  ["24 December", "2026-12-24T08:00:00.000Z"],
  ["monday at 8am EST", "2026-11-30T13:00:00.000Z"],
  [" on friday at noon ", "2026-11-27T11:00:00.000Z"],
])("[RI5] %s", async (text, expected) => {
  expect(await parse(text)).toBe(expected);
});

test("[RI5] the time zone decides which day and hour it is", async () => {
  expect(await parse("tomorrow at 9:00", "America/New_York")).toBe("2026-11-26T14:00:00.000Z");
  expect(await parse("tomorrow at 9:00", "Pacific/Auckland")).toBe("2026-11-25T20:00:00.000Z");
  expect(await parse("tomorrow at 9:00", "UTC")).toBe("2026-11-26T09:00:00.000Z");
  expect(await parse("9:00", "Asia/Kolkata")).toBe("2026-11-26T03:30:00.000Z");
});

test("[RI5] a duration is exact when clocks change, a time of day is that of the clock", async () => {
  // In Berlin clocks go from 02:00 to 03:00 on 2026-03-29 at 01:00 UTC.
  const before = Date.parse("2026-03-28T23:30:00.000Z");
  expect(await parse("in 3 hours", "Europe/Berlin", before)).toBe("2026-03-29T02:30:00.000Z");
  expect(await parse("tomorrow at 9:00", "Europe/Berlin", before)).toBe("2026-03-30T07:00:00.000Z");
  expect(await parse("in 1 day", "Europe/Berlin", before)).toBe("2026-03-29T22:30:00.000Z");
});

test.each([
  "",
  " ",
  "soon",
  "buy milk tomorrow",
  "tomorrow or Friday",
  "from Monday to Friday",
  "every day at 9",
  "31 February",
  "25:99",
  "in 99999999999999999999 years",
  "9".repeat(100),
  "in ".repeat(33),
  "tomorrow ".repeat(40),
  "\u0000tomorrow at\uFFFF",
])("[RI5] rejects %j", async (text) => {
  expect(await parse(text)).toBeUndefined();
});

test.each([
  ["me to call Ann in 5 minutes", "call Ann", "2026-11-25T10:35:15.250Z"],
  ["to buy milk tomorrow at 9", "buy milk", "2026-11-26T08:00:00.000Z"],
  ["me on Friday to send the report", "send the report", "2026-11-27T08:00:00.000Z"],
  ["tomorrow at 9am to send the report", "send the report", "2026-11-26T08:00:00.000Z"],
  ["on Friday standup notes", "standup notes", "2026-11-27T08:00:00.000Z"],
  [`${"a long text ".repeat(80)}in 1 hour`, "a long text ".repeat(80).trim(), "2026-11-25T11:30:15.250Z"],
])("[RI6] splits %j", async (input, text, at) => {
  const split = await splitTime(input, { timeZone: "Europe/Berlin", nowMs });
  expect(split && { text: split.text, at: new Date(split.at).toISOString() }).toEqual({ text, at });
});

test.each(["", "in 5 minutes", "call Ann", "me to"])(
  "[RI6] finds no text with a time in %j",
  async (input) => {
    expect(await splitTime(input, { timeZone: "UTC", nowMs })).toBeUndefined();
  },
);

test("[RI5] hostile texts are parsed within 50 ms each", async () => {
  const texts = [
    "1 ".repeat(50),
    "monday ".repeat(14),
    "at ".repeat(33),
    "1/".repeat(50),
    "in 1h".repeat(20),
  ];
  for (const text of texts) {
    const before = process.cpuUsage();
    await parse(text);
    expect(cpuMsSince(before)).toBeLessThan(50);
  }
});

describe("wall clock", () => {
  const berlin = new ZonedClock("Europe/Berlin");
  const instantOf = (wall: string) => new Date(berlin.instantOf(Date.parse(`${wall}Z`))).toISOString();

  test("[RI5] takes the first of two equal times, and moves a skipped one", () => {
    expect(instantOf("2026-10-25T02:30:00.000")).toBe("2026-10-25T00:30:00.000Z");
    expect(instantOf("2026-03-29T02:30:00.000")).toBe("2026-03-29T01:30:00.000Z");
  });

  test("[RI5] conversions are inverse all year, in zones with odd offsets", () => {
    for (const zone of ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]) {
      const clock = new ZonedClock(zone);
      let differing = 0;
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 6 * 3_600_000)
        if (clock.instantOf(clock.wallOf(ms)) !== ms) differing++;
      // The second of two equal times, at most once.
      expect(differing).toBeLessThanOrEqual(1);
    }
  });
});
