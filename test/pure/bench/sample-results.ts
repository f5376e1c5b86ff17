import type { Measurement } from "../../../bench/load/job.ts";
import type { Run } from "../../../bench/messages/summary.ts";
import type { ReadsRun } from "../../../bench/reads/measure.ts";
import type { Provenance, Results } from "../../../bench/results.ts";
import type { StackName } from "../../../bench/stack.ts";

export const xeon = "Intel(R) Xeon(R) Processor";
export const epyc = "AMD EPYC 9R14";

const provenanceOn = (cpu: string): Provenance => ({
  date: "2026-11-28",
  commit: "abc1234",
  quick: false,
  machine: { cpu, cores: 2, memoryGb: 24, kernel: "Linux 6.18", node: "v24.21.0" },
  versions: { workerd: "1.2", PostgreSQL: "15.18 (Debian)", "socket.io": "4.8.4", wrangler: "4.156.2" },
  notes: [],
  skipped: [],
});

const measurement: Measurement = {
  ...{ windowSeconds: 8, messages: 100, deliveries: 1_000, deliveriesPerSecond: 100, bytesPerDelivery: 300 },
  ...{
    eventsPerFrame: 1,
    cpuMicrosPerDelivery: 10,
    serverCores: 1,
    settleSeconds: 0,
    ackP50Ms: 2,
    ackP99Ms: 4,
  },
  ...{ deliveryP50Ms: 3, deliveryP99Ms: 6, generatorCores: 0.5, otherCores: 0.01, acked: 100, problems: [] },
};

/** A run of a cell. */
export const cellRun = (
  cell: string,
  stack: StackName,
  figures: Partial<Measurement> = {},
  reason: string | null = null,
): Run => ({
  ...{ round: 1, cell, stack, problems: [] },
  measurement: { ...measurement, ...figures },
  void: reason,
});

const read = (
  name: ReadsRun["read"],
  reader: ReadsRun["reader"],
  stack: StackName,
  p50Ms: number,
): ReadsRun => ({
  ...{ round: 1, read: name, reader, stack, p50Ms, p99Ms: p50Ms * 2, cpuMicros: p50Ms * 1_000 },
  ...{ otherCores: 0, problem: null, void: null },
});

const readsOf = (stack: StackName, live: number, rest: number): ReadsRun[] =>
  (["head", "middle", "start", "unreads"] as const).flatMap((name) => [
    read(name, "live", stack, live),
    read(name, "rest", stack, rest),
  ]);

/** Results of all sections with a chart, measured on this processor. */
export function sampleResults(cpu = xeon): Results {
  const provenance = provenanceOn(cpu);
  const options = { rounds: 1, seconds: 8, warmupSeconds: 2 };
  const burst = ["100x4", "100x64", "1000x4", "1000x64"];
  const steady = ["latency-100", "low-rate-1000"];
  const ours = { deliveriesPerSecond: 500, cpuMicrosPerDelivery: 1.5, ackP50Ms: 1.5, deliveryP50Ms: 3.6 };
  const runsOf = (cells: string[]): Run[] =>
    cells.flatMap((cell) => [cellRun(cell, "parley", ours), cellRun(cell, "socketio-pg")]);
  return {
    throughput: { ...provenance, figures: { ...options, runs: runsOf(burst) } },
    latency: { ...provenance, figures: { ...options, runs: runsOf(steady) } },
    reads: {
      ...provenance,
      figures: {
        ...{ rounds: 1, reads: 100, size: { messages: 100_000, channels: 200 }, notes: [] },
        runs: [...readsOf("parley", 0.6, 0.9), ...readsOf("socketio-pg", 0.75, 0.75)],
      },
    },
    files: {
      ...provenance,
      figures: {
        rounds: 1,
        memory: [{ parley: 80e6, bare: 90e6 }],
        cells: [1, 10, 90].flatMap((megabytes) =>
          [1, 4].map((atOnce) => ({
            ...{ megabytes, atOnce, files: 4 },
            parley: { upload: 90 + atOnce, download: 800 },
            bare: { upload: 100, download: 1_000 },
            node: { upload: 500, download: 500 },
          })),
        ),
      },
    },
    start: {
      ...provenance,
      figures: {
        rounds: 1,
        runs: [
          { round: 1, starter: "parley", readySeconds: 8, restartSeconds: 7, otherCores: 0, void: null },
          { round: 1, starter: "wrangler", readySeconds: 6, restartSeconds: 5, otherCores: 0, void: null },
        ],
      },
    },
  };
}
