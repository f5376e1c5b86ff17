import { dayOf } from "./day.ts";

export { dayOf } from "./day.ts";

const language = navigator.language;
const timeOfDay = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const fullDate = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const shortDate = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const dateAndTime = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const longDay = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const longDayAndYear = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const relativeDay = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** Returns the day for a line between messages: "today", "yesterday", otherwise the date. */
export function dayText(at: string, now = new Date()): string {
  const date = new Date(at);
  if (dayOf(date) === dayOf(now)) return capitalized(relativeDay.format(0, "day"));
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(date) === dayOf(yesterday)) return capitalized(relativeDay.format(-1, "day"));
  return (date.getFullYear() === now.getFullYear() ? longDay : longDayAndYear).format(date);
}

const capitalized = (text: string): string => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);

/** Returns a point in time in as few words as are clear: the time today, otherwise the date. */
function shortTime(at: string, now = new Date()): string {
  return dayOf(at) === dayOf(now) ? timeOfDay.format(new Date(at)) : shortDate.format(new Date(at));
}

export const fullTime = (at: string): string => fullDate.format(new Date(at));
export const dateTime = (at: string): string => dateAndTime.format(new Date(at));
export const clockTime = (at: string): string => timeOfDay.format(new Date(at));

/** A time that shows the whole date on request. `short`: the time today, otherwise the date; `clock`: the time of day; `full`: both. */
export function Time({ at, format = "short" }: { at: string; format?: "short" | "clock" | "full" }) {
  const text = { short: shortTime, clock: clockTime, full: dateTime }[format](at);
  return (
    <time dateTime={at} title={fullTime(at)}>
      {text}
    </time>
  );
}
