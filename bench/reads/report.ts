import { formatNumber, formatRatio } from "../report.ts";
import type { StackName } from "../stack.ts";
import { median } from "../summary.ts";
import type { ReadsRun } from "./measure.ts";
import { type ReadName, readNames, type ReadsSize } from "./plan.ts";

/** The stack that ratios are relative to. */
const baseline: StackName = "socketio-pg";

const columns = ["", "p50 ms", "p99 ms", "CPU µs/read", "p50 ratio", "p99 ratio", "CPU ratio"];

const titleOf = (read: ReadName, { messages, channels }: ReadsSize): string =>
  read === "unreads"
    ? `Unread counts of ${channels + 1} channels`
    : `A page of 50 messages of ${messages.toLocaleString("en")}, ${{ head: "at the head", middle: "in the middle", start: "at the start" }[read]}`;

type Medians = { p50Ms: number; p99Ms: number; cpuMicros: number };

function mediansOf(runs: readonly ReadsRun[]): Medians | undefined {
  const counted = runs.filter(({ problem }) => problem === null);
  if (counted.length === 0) return undefined;
  const of = (figure: keyof Medians): number => median(counted.map((run) => run[figure]));
  return { p50Ms: of("p50Ms"), p99Ms: of("p99Ms"), cpuMicros: of("cpuMicros") };
}

/** Makes a table for each kind of read; the first row contains the column titles. */
export function readsTables(
  runs: readonly ReadsRun[],
  titles: ReadonlyMap<StackName, string>,
  size: ReadsSize,
): { title: string; rows: string[][] }[] {
  return readNames.map((read) => {
    const of = (stack: StackName): Medians | undefined =>
      mediansOf(runs.filter((run) => run.read === read && run.stack === stack));
    const base = of(baseline);
    const rows = [...titles].flatMap(([stack, title]) => {
      const ours = of(stack);
      if (!ours) return runs.some((run) => run.stack === stack) ? [[title, "no correct response"]] : [];
      const figures = [ours.p50Ms, ours.p99Ms, ours.cpuMicros];
      const to = base ? [base.p50Ms, base.p99Ms, base.cpuMicros] : [];
      return [
        [
          title,
          ...figures.map(formatNumber),
          ...figures.map((figure, i) => formatRatio(figure / (to[i] ?? Number.NaN))),
        ],
      ];
    });
    return { title: titleOf(read, size), rows: [columns, ...rows] };
  });
}
