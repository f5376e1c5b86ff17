import type { Summary } from "./summary.ts";

/** A target for Parley, as a ratio to Express + Socket.IO + PostgreSQL in the same run. */
export type Target = {
  cell: string;
  figure: string;
  of: (summary: Summary) => number;
  atLeast?: number;
  atMost?: number;
};

const deliveries = (summary: Summary): number => summary.deliveriesPerSecond;
const cpu = (summary: Summary): number => summary.cpuMicrosPerDelivery;

export const targets: readonly Target[] = [
  { cell: "1000x4", figure: "deliveries/s", of: deliveries, atLeast: 5 },
  { cell: "1000x64", figure: "deliveries/s", of: deliveries, atLeast: 12 },
  { cell: "1000x4", figure: "CPU per delivery", of: cpu, atMost: 0.2 },
  { cell: "1000x64", figure: "CPU per delivery", of: cpu, atMost: 0.2 },
  { cell: "latency-100", figure: "ack p50", of: (summary) => summary.ackP50Ms, atMost: 1 },
  { cell: "latency-100", figure: "ack p99", of: (summary) => summary.ackP99Ms, atMost: 1 },
];

export type Verdict = {
  cell: string;
  figure: string;
  target: string;
  ratio: number | null;
  reached: boolean | null;
};

/** Compares the figures with the targets. If a figure is missing (skipped stack, void cell), `ratio` and `reached` are `null`. */
export function judge(
  ours: (cell: string) => Summary | undefined,
  theirs: (cell: string) => Summary | undefined,
): Verdict[] {
  return targets.map(({ cell, figure, of, atLeast, atMost }) => {
    const [us, them] = [ours(cell), theirs(cell)];
    const target = atLeast === undefined ? `≤ ${atMost} ×` : `≥ ${atLeast} ×`;
    if (!us || !them) return { cell, figure, target, ratio: null, reached: null };
    const ratio = of(us) / of(them);
    return {
      cell,
      figure,
      target,
      ratio,
      reached: atLeast === undefined ? ratio <= atMost! : ratio >= atLeast,
    };
  });
}
