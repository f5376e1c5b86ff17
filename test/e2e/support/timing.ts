import { expect } from "vitest";

/**
 * How well the duration of a response distinguishes something that exists from something that does not: the area under the ROC
 * curve, 0.5 if not at all. `TIMING_PAIRS=1000` checks the bound that the product promises, on a machine without
 * other load (with 500 pairs, chance alone exceeds it once in some 150 measurements); the default only detects an additional step on one side: with 40 pairs, chance alone reaches 0.77
 * once in some ten thousand measurements.
 */
export const pairs = Number(process.env["TIMING_PAIRS"] ?? 40);
export const isFullTiming = pairs >= 500;
/** How long a measurement may take, in ms: on a slow machine a login takes 0.3 s, and each pair has two. */
export const measurementTimeoutMs = 120_000 + pairs * 1_000;
const bound = isFullTiming ? 0.55 : 0.77;
export const warmUp = 10;

/** Returns the probability that a duration of `ones` exceeds one of `others`. */
function areaUnderCurve(ones: readonly number[], others: readonly number[]): number {
  let longer = 0;
  for (const one of ones) for (const other of others) longer += one > other ? 1 : one === other ? 0.5 : 0;
  return longer / (ones.length * others.length);
}

/** Measures pairs in random order, so that both have the same load, and returns the area. */
export async function measure(
  knownOne: () => Promise<number>,
  unknownOne: () => Promise<number>,
): Promise<number> {
  const ones: number[] = [];
  const others: number[] = [];
  for (let pair = -warmUp; pair < pairs; pair++) {
    const isFirst = Math.random() < 0.5;
    const first = await (isFirst ? knownOne : unknownOne)();
    const second = await (isFirst ? unknownOne : knownOne)();
    if (pair < 0) continue;
    ones.push(isFirst ? first : second);
    others.push(isFirst ? second : first);
  }
  return areaUnderCurve(ones, others);
}

/** Expects that the area does not distinguish the two, as far as the number of pairs shows. */
export function expectAlike(name: string, area: number): void {
  if (isFullTiming) console.log(`${area.toFixed(3)} ${name}`);
  expect(Math.max(area, 1 - area), name).toBeLessThanOrEqual(bound);
}
