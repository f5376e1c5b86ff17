/** The longest value of the header: a date has 29 characters. */
const maxLength = 40;

/**
 * Returns how long a receiver asks to wait, in ms: `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3). Undefined without a valid
 * header; 0 for a date that has passed.
 */
export function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  // A date begins with a day of the week; `Date.parse` alone would accept numbers with a sign.
  const at = value.length <= maxLength && /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
