import type { Measurement } from "../load/job.ts";
import { median } from "../median.ts";
import type { StackName } from "../stack.ts";
import { voidReason } from "../validity.ts";

/** One cell of one stack in one round. `measurement` is `null` if it failed, and `problems` contains the reason. */
export type Run = {
  round: number;
  cell: string;
  stack: StackName;
  measurement: Measurement | null;
  problems: string[];
  void: string | null;
};

export function toRun(round: number, cell: string, stack: StackName, outcome: Measurement | string): Run {
  if (typeof outcome === "string")
    return { round, cell, stack, measurement: null, problems: [outcome], void: "failed" };
  const { problems } = outcome;
  return {
    ...{ round, cell, stack, measurement: outcome, problems },
    void: problems.length > 0 ? "wrong result" : voidReason(outcome),
  };
}

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
  const counted = runs.filter((run) => run.void === null).map(({ measurement }) => measurement!);
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
