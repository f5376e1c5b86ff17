/** A number from 0 (inclusive) to 1 (exclusive), as `Math.random` returns it. */
export type Random = () => number;

/**
 * Creates a generator that returns the same sequence for the same seed, so that a failing run can be repeated (mulberry32).
 * Not for secrets: the sequence can be predicted.
 *
 * @param seed - an integer; only its lowest 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws an integer from 0 (inclusive) to `end` (exclusive). */
export const randomInteger = (random: Random, end: number): number => Math.floor(random() * end);

/** Draws one item of a list; `undefined` if the list is empty. */
export const randomItem = <T>(random: Random, items: readonly T[]): T | undefined =>
  items[randomInteger(random, items.length)];
