const dayMs = 24 * 60 * 60_000;

/** A period after which something expires, as a choice of a form. */
export interface Period {
  /** The number of days; empty: never. */
  value: string;
  label: string;
}

/** Returns the choices of a form for periods in days; with `withNever`, also without an end. */
export function periodsOf(days: readonly number[], { withNever = false } = {}): Period[] {
  const periods = days.map((count) => ({
    value: String(count),
    label: count === 1 ? "1 day" : `${count} days`,
  }));
  return withNever ? [...periods, { value: "", label: "Never" }] : periods;
}

/** Returns the end of a period that begins now; undefined for one without an end. */
export const endOf = (period: string, nowMs = Date.now()): string | undefined =>
  period === "" ? undefined : new Date(nowMs + Number(period) * dayMs).toISOString();

/**
 * Returns the beginning of a day in the user's time zone, for the value of a date field; undefined for an empty one, and for a year of more than
 * four digits, which the server does not accept.
 */
export function beginningOf(date: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  const [year, month, day] = date.split("-").map(Number);
  if (!year || !month || !day) return undefined;
  return new Date(year, month - 1, day).toISOString();
}
