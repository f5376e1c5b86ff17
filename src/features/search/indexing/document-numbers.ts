/** A document number is the `rowid` of a message in the index. It counts from this time, so the order of numbers is the order of time. */
const epochMs = Date.UTC(2020, 0, 1);
/** How many numbers belong to one millisecond. */
const numbersPerMs = 8;

/** Returns the lowest document number of messages that were written at this time. */
export const docNumberAt = (ms: number): number => (ms - epochMs) * numbersPerMs;

/**
 * How far a document number may be ahead of its message's time: if all numbers of a millisecond are taken, the message gets the next free
 * one. Searches by time extend their range by this.
 */
export const docNumberSlackMs = 60_000;
