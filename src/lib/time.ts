/** Formats milliseconds since 1970 as the wire has them: ISO 8601 in UTC, with milliseconds. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
