import type { Measurement } from "./load/job.ts";
import type { StackName } from "./stack.ts";

/** One cell of one stack in one round. `measurement` is `null` if it failed, and `problems` contains the reason. */
export type Run = {
  round: number;
  cell: string;
  stack: StackName;
  measurement: Measurement | null;
  problems: string[];
  void: string | null;
};

/** If the generator uses more of a core than this, it is the bottleneck, and the cell is void. */
const generatorLimit = 0.95;

/** If other processes use more of a core than this, the cell is void. */
const othersLimit = 0.15;

export function toRun(round: number, cell: string, stack: StackName, outcome: Measurement | string): Run {
  if (typeof outcome === "string")
    return { round, cell, stack, measurement: null, problems: [outcome], void: "failed" };
  return {
    round,
    cell,
    stack,
    measurement: outcome,
    problems: outcome.problems,
    void: voidReason(outcome),
  };
}

function voidReason({ generatorCores, otherCores }: Measurement): string | null {
  if (generatorCores > generatorLimit)
    return `the load generator used ${generatorCores.toFixed(2)} of a core`;
  return otherCores > othersLimit ? `something else used ${otherCores.toFixed(2)} of a core` : null;
}

/** Whether repeating the cell may help: other processes may have ended, whereas the generator will reach its limit again. */
export const wasDisturbed = ({ measurement }: Run): boolean =>
  measurement !== null &&
  measurement.generatorCores <= generatorLimit &&
  measurement.otherCores > othersLimit;

const figures = [
  "deliveriesPerSecond",
  "cpuMicrosPerDelivery",
  "serverCores",
  "settleSeconds",
  "ackP50Ms",
  "ackP99Ms",
  "deliveryP50Ms",
  "deliveryP99Ms",
  "generatorCores",
  "otherCores",
  "bytesPerDelivery",
  "eventsPerFrame",
] as const;

export type Summary = Record<(typeof figures)[number], number> & {
  rounds: number;
  lowest: number;
  highest: number;
};

/** Computes medians over the valid rounds, and the range of deliveries/s; `undefined` if no round is valid. */
export function summarize(runs: readonly Run[]): Summary | undefined {
  const counted = runs
    .filter((run) => run.void === null && run.problems.length === 0)
    .map(({ measurement }) => measurement!);
  if (counted.length === 0) return undefined;
  const medians = Object.fromEntries(
    figures.map((figure) => [figure, median(counted.map((one) => one[figure] ?? Number.NaN))]),
  );
  const rates = counted.map(({ deliveriesPerSecond }) => deliveriesPerSecond);
  return {
    ...(medians as Record<(typeof figures)[number], number>),
    rounds: counted.length,
    lowest: Math.min(...rates),
    highest: Math.max(...rates),
  };
}

/** Returns the median; of an even number of values, which void rounds may leave, the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
