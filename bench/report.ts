import type { Cell } from "./cells.ts";
import type { StackName } from "./stack.ts";
import { type Run, type Summary, summarize } from "./summary.ts";
import { type Verdict, judge } from "./targets.ts";

/** The stack that ratios are relative to. */
export const baseline: StackName = "socketio-pg";

export type Report = {
  summaries: { cell: Cell; byStack: Map<StackName, Summary | undefined> }[];
  verdicts: Verdict[];
  incidents: string[];
};

/** Summarizes all runs of the cells. */
export function report(cells: readonly Cell[], stacks: readonly StackName[], runs: readonly Run[]): Report {
  const summaryOf = (cell: string, stack: StackName): Summary | undefined =>
    summarize(runs.filter((run) => run.cell === cell && run.stack === stack));
  /** A stack that is not measured in a cell has no row there. */
  const stacksIn = (cell: string): StackName[] =>
    stacks.filter((stack) => runs.some((run) => run.cell === cell && run.stack === stack));
  return {
    summaries: cells.map((cell) => ({
      cell,
      byStack: new Map(stacksIn(cell.name).map((stack) => [stack, summaryOf(cell.name, stack)])),
    })),
    verdicts: judge(
      (cell) => summaryOf(cell, "parley"),
      (cell) => summaryOf(cell, baseline),
    ),
    incidents: runs.flatMap((run) =>
      [...run.problems, ...(run.void && run.problems.length === 0 ? [`void: ${run.void}`] : [])].map(
        (text) => `${run.stack}, ${run.cell}, round ${run.round}: ${text}`,
      ),
    ),
  };
}

/** Formats a number with three significant figures (two below 10) and thousands separators. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1_000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en");
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}

/** Formats a ratio with two significant figures (one below 0.1): `1.5 ×`. */
export const formatRatio = (value: number): string =>
  Number.isFinite(value) ? `${value.toPrecision(value < 0.1 ? 1 : 2)} ×` : "–";

const burstColumns = [
  "",
  "deliveries/s",
  "range",
  "CPU µs/delivery",
  "ack p50 ms",
  "ack p99 ms",
  "events/frame",
  "deliveries/s ratio",
  "CPU ratio",
];
const steadyColumns = [
  "",
  "ack p50 ms",
  "ack p99 ms",
  "delivery p50 ms",
  "delivery p99 ms",
  "CPU µs/delivery",
  "ack p50 ratio",
  "ack p99 ratio",
  "CPU ratio",
];

export const columnsOf = ({ pace }: Cell): string[] => (pace.kind === "open" ? steadyColumns : burstColumns);

/** Makes a stack's row of a cell's table, with ratios to `base`. */
export function rowOf(
  { pace }: Cell,
  title: string,
  summary: Summary | undefined,
  base: Summary | undefined,
): string[] {
  if (!summary) return [title, "no valid round"];
  const to = (figure: "deliveriesPerSecond" | "cpuMicrosPerDelivery" | "ackP50Ms" | "ackP99Ms"): string =>
    base ? formatRatio(summary[figure] / base[figure]) : "–";
  const { ackP50Ms, ackP99Ms, cpuMicrosPerDelivery } = summary;
  if (pace.kind === "open") {
    const times = [
      ackP50Ms,
      ackP99Ms,
      summary.deliveryP50Ms,
      summary.deliveryP99Ms,
      cpuMicrosPerDelivery,
    ].map(formatNumber);
    return [title, ...times, to("ackP50Ms"), to("ackP99Ms"), to("cpuMicrosPerDelivery")];
  }
  const range = `${formatNumber(summary.lowest)}–${formatNumber(summary.highest)}`;
  const rest = [cpuMicrosPerDelivery, ackP50Ms, ackP99Ms, summary.eventsPerFrame].map(formatNumber);
  return [
    title,
    formatNumber(summary.deliveriesPerSecond),
    range,
    ...rest,
    to("deliveriesPerSecond"),
    to("cpuMicrosPerDelivery"),
  ];
}

export const verdictText = ({ cell, figure, target, ratio: got, reached }: Verdict): string[] => [
  `${figure}, ${cell}`,
  target,
  got === null ? "not measured" : formatRatio(got),
  reached === null ? "–" : reached ? "reached" : "not reached",
];

/** Formats rows as a text table, each column padded to its widest cell. */
export function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join("  "),
    )
    .join("\n");
}
