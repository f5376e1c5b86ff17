/** Returns the day of a time in the reader's zone, as a key and for comparison. */
export const dayOf = (at: string | number | Date): string => new Date(at).toDateString();

/** Returns the day of a time in the reader's zone, as the value of a date field: YYYY-MM-DD. */
export function dateValueOf(at: number | Date): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}
