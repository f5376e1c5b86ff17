/** A time that is offered for a reminder or a scheduled message, in the time zone of the device. */
export interface TimePreset {
  key: string;
  label: string;
  at: (now: Date) => Date;
}

const minute = 60_000;
const monday = 1;
const daysOfWeek = 7;
const morningHour = 9;

/** Returns 9:00 of the day that many days ahead; also where the clocks change in between. */
function morning(now: Date, daysAhead: number): Date {
  const at = new Date(now);
  at.setDate(at.getDate() + daysAhead);
  at.setHours(morningHour, 0, 0, 0);
  return at;
}

/** The number of days until the next Monday, from 1 to 7. */
const daysToMonday = (now: Date): number => (monday + daysOfWeek - now.getDay()) % daysOfWeek || daysOfWeek;

const all: readonly TimePreset[] = [
  { key: "20min", label: "In 20 minutes", at: (now) => new Date(now.getTime() + 20 * minute) },
  { key: "1h", label: "In 1 hour", at: (now) => new Date(now.getTime() + 60 * minute) },
  { key: "tomorrow", label: "Tomorrow", at: (now) => morning(now, 1) },
  { key: "monday", label: "Next Monday", at: (now) => morning(now, daysToMonday(now)) },
];

/** Returns the times to offer. On a Sunday, "next Monday" is left out, because it is tomorrow. */
export const timePresets = (now: Date): readonly TimePreset[] =>
  all.filter(({ key }) => key !== "monday" || daysToMonday(now) > 1);

/** What is chosen: one of the presets, or a time of the field. */
export interface ChosenTime {
  /** The key of a preset, or `custom`. */
  key: string;
  /** The value of the field, in the form of `datetime-local`. */
  custom: string;
}

/** Returns the chosen time; null while the field has no valid one. */
export function resolveTime({ key, custom }: ChosenTime, now: Date): Date | null {
  if (key === "custom") return parseLocalTime(custom);
  return all.find((preset) => preset.key === key)?.at(now) ?? null;
}

/** Returns a time in the form of a `datetime-local` field, in the time zone of the device, to the minute. */
export function localTimeText(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Parses the value of a `datetime-local` field. Null if it is empty or no time. */
export function parseLocalTime(text: string): Date | null {
  if (!/^\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}
