/** Returns the day of a time in the reader's zone, as a key and for comparison. */
export const dayOf = (at: string | number | Date): string => new Date(at).toDateString();
