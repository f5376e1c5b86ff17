/** The days of the week, 0 for Sunday, in the order in which people list them: Monday first. */
export const weekDays: readonly number[] = [1, 2, 3, 4, 5, 6, 0];

/** Returns the name of a day of the week. */
export function dayName(day: number, language: string = navigator.language): string {
  // 4 January 1970 was a Sunday.
  const date = new Date(Date.UTC(1970, 0, 4 + day));
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(date);
}

/** Returns the days for a request: none where all are chosen, which is the default. */
export const daysForRequest = (days: ReadonlySet<number>): number[] | undefined =>
  weekDays.every((day) => days.has(day)) ? undefined : [...days].toSorted((one, other) => one - other);
