/** When a status ends by itself. */
export interface Expiry {
  key: string;
  label: string;
  /** Returns the end; undefined: it stays until the user clears it. */
  until: (now: Date) => Date | undefined;
}

const minute = 60_000;
const daysOfWeek = 7;

/** Returns the end of the day that many days ahead, in the time zone of the device. */
function endOfDay(now: Date, daysAhead: number): Date {
  const at = new Date(now);
  at.setDate(at.getDate() + daysAhead);
  at.setHours(23, 59, 0, 0);
  return at;
}

/** The number of days until Sunday, from 0 to 6. */
const daysToSunday = (now: Date): number => (daysOfWeek - now.getDay()) % daysOfWeek;

export const expiries: readonly Expiry[] = [
  { key: "never", label: "Do not clear it", until: () => undefined },
  { key: "30min", label: "In 30 minutes", until: (now) => new Date(now.getTime() + 30 * minute) },
  { key: "1h", label: "In 1 hour", until: (now) => new Date(now.getTime() + 60 * minute) },
  { key: "4h", label: "In 4 hours", until: (now) => new Date(now.getTime() + 240 * minute) },
  { key: "today", label: "Today", until: (now) => endOfDay(now, 0) },
  { key: "week", label: "This week", until: (now) => endOfDay(now, daysToSunday(now)) },
];

/** Returns the end of a status by the key of its choice. */
export const expiryOf = (key: string, now: Date): Date | undefined =>
  expiries.find((expiry) => expiry.key === key)?.until(now);
