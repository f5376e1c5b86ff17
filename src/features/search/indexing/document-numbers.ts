/** Documents are numbered by the time of their message: 2020 is their year 0, and a millisecond has so many of them. */
const epochMs = Date.UTC(2020, 0, 1);
const numbersPerMs = 8;

/** The first number of a message that was written at this time. */
export const docNumberAt = (ms: number): number => (ms - epochMs) * numbersPerMs;

/** A number that was taken is passed over, so it may say a little more than the time. */
export const docNumberSlackMs = 60_000;
