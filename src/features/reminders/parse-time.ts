import type { ParsedResult } from "chrono-node/en";
import { dayMs, hourMs } from "../../domain/usage-budget.ts";
import { limits, TimestampInput } from "../../protocol/index.ts";
import { ZonedClock } from "../../lib/zoned-time.ts";

/** How a time in words is understood. */
export interface TimeContext {
  /** An IANA name. */
  timeZone: string;
  nowMs: number;
}

/** A day without a time of day means this hour of the day. */
const defaultHour = 9;
/** Words that may precede a time and do not change it. */
const prepositions = new Set(["on", "at", "by"]);

/** Loads the parser when the first time in words is parsed, because every start of a Worker would otherwise evaluate it. */
const loadChrono = () => import("chrono-node/en");

/**
 * Parses a time as people write it in English: `in 20 minutes`, `tomorrow at 9:00`, `on Friday`, `Dec 24 at 8pm`, or ISO 8601. A time that has
 * passed today is tomorrow's, a weekday is the next one. A day without a time of day is 9:00 of that day; `in 2 days` keeps the time of
 * day. The whole text must be a time.
 *
 * @returns milliseconds since 1970; undefined for any other text. The time may have passed (`yesterday`).
 */
export async function parseTime(text: string, context: TimeContext): Promise<number | undefined> {
  const trimmed = text.trim();
  if (trimmed.length > limits.timeTextLength) return undefined;
  const exact = TimestampInput.safeParse(trimmed);
  if (exact.success) return Date.parse(exact.data);
  const [found, ...others] = await findTimes(trimmed, context);
  if (!found || others.length > 0) return undefined;
  return withoutPrepositions(found.text) === withoutPrepositions(trimmed) ? found.at : undefined;
}

/** Returns the words of a text, without prepositions at its begin. */
function withoutPrepositions(text: string): string {
  const words = text.split(/\s/).filter((word) => word !== "");
  return words.slice(words.findIndex((word) => !prepositions.has(word.toLowerCase()))).join(" ");
}

/** Removes a preposition from the end of a text. */
function withoutLastPreposition(text: string): string {
  const trimmed = text.trimEnd();
  const from = trimmed.lastIndexOf(" ");
  return prepositions.has(trimmed.slice(from + 1).toLowerCase())
    ? trimmed.slice(0, Math.max(0, from))
    : trimmed;
}

/** A text with a time at its begin or end, such as the one of `/remind`. */
export interface TextWithTime {
  text: string;
  at: number;
}

/**
 * Splits a text such as `me to call Ann tomorrow at 9` into what to remind of and when. The time is at the end or at the begin.
 *
 * @returns undefined if the text has no time there, or nothing besides it
 */
export async function splitTime(input: string, context: TimeContext): Promise<TextWithTime | undefined> {
  const trimmed = input.trim().replace(/^me\b\s*/i, "");
  // Longer texts have the time in the last or first characters; the parser is not run on all of them.
  const reach = 2 * limits.timeTextLength;
  const tailFrom = Math.max(0, trimmed.length - reach);
  const tail = (await findTimes(trimmed.slice(tailFrom), context)).at(-1);
  if (tail && tailFrom + tail.index + tail.text.length === trimmed.length)
    return withText(withoutLastPreposition(trimmed.slice(0, tailFrom + tail.index)), tail.at);
  const [head] = await findTimes(trimmed.slice(0, reach), context);
  const isAtBegin = head && withoutLastPreposition(trimmed.slice(0, head.index)).trim() === "";
  return isAtBegin ? withText(trimmed.slice(head.index + head.text.length), head.at) : undefined;
}

function withText(rest: string, at: number): TextWithTime | undefined {
  const text = rest.trim().replace(/^to\b/i, "").trim();
  return text === "" ? undefined : { text, at };
}

interface FoundTime {
  index: number;
  text: string;
  at: number;
}

async function findTimes(text: string, { timeZone, nowMs }: TimeContext): Promise<FoundTime[]> {
  const clock = new ZonedClock(timeZone);
  const { casual } = await loadChrono();
  // The parser does not support IANA time zones: the local time is passed to it as UTC.
  const wallNow = clock.wallOf(nowMs);
  const reference = { instant: new Date(wallNow), timezone: 0 };
  return casual.parse(text, reference, { forwardDate: true }).flatMap((result) => {
    const at = result.end ? undefined : instantOf(result, { clock, wallNow, nowMs });
    return at === undefined || Number.isNaN(at) ? [] : [{ index: result.index, text: result.text, at }];
  });
}

function instantOf(
  { start }: ParsedResult,
  { clock, wallNow, nowMs }: { clock: ZonedClock; wallNow: number; nowMs: number },
): number {
  const tags = start.tags();
  const wall = start.date().getTime();
  // "in 20 minutes" is a duration: a change to or from daylight saving time in between has no effect on it.
  if (tags.has("result/relativeDateAndTime")) return nowMs + (wall - wallNow);
  if (start.isCertain("timezoneOffset") && !tags.has("casualReference/now")) return wall;
  const namesTimeOfDay = [...tags].some((tag) => /^casualReference\/(?!today|tomorrow|yesterday)/.test(tag));
  const keepsTimeOfDay = tags.has("result/relativeDate") || namesTimeOfDay;
  const isWholeDay = !start.isCertain("hour") && !keepsTimeOfDay;
  return clock.instantOf(isWholeDay ? Math.floor(wall / dayMs) * dayMs + defaultHour * hourMs : wall);
}
