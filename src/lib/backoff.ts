/** The bounds of the waits between retries, in milliseconds. */
export interface BackoffBounds {
  /** The longest first wait. */
  baseMs: number;
  /** The longest wait of all. */
  capMs: number;
}

/**
 * Returns the wait before a retry, in milliseconds: exponential backoff with equal jitter. The ceiling doubles with each
 * attempt; half of it is fixed and the other half is random, so that a wait is never close to 0 and callers that failed at the
 * same moment do not retry at the same moment. The fixed half is why this is not full jitter: an object that wakes for a retry
 * is billed, and a retry right after a failure rarely succeeds.
 *
 * @param attempt how many retries came before this one: 0 for the first
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempt: number, { baseMs, capMs }: BackoffBounds): number {
  const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceilingMs / 2 + (Math.random() * ceilingMs) / 2);
}
