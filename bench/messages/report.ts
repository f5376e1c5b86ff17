import { formatNumber, formatRatio } from "../format.ts";
import { baseline, type StackName, stackTitles } from "../stack.ts";
import type { Cell } from "./cells.ts";
import type { CellsFigures } from "./measure.ts";
import { type Run, summarize, type Summary } from "./summary.ts";

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
  "ack ratios p50, p99",
  "delivery ratios p50, p99",
  "CPU ratio",
];

const steadyFigures = [
  "ackP50Ms",
  "ackP99Ms",
  "deliveryP50Ms",
  "deliveryP99Ms",
  "cpuMicrosPerDelivery",
] as const;

const columnsOf = ({ pace }: Cell): string[] => (pace.kind === "open" ? steadyColumns : burstColumns);

/** Makes a stack's row of a cell's table, with ratios to `base`. */
function rowOf(
  { pace }: Cell,
  title: string,
  summary: Summary | undefined,
  base: Summary | undefined,
): string[] {
  if (!summary) return [title, "no valid round"];
  const to = (figure: keyof Summary): string => (base ? formatRatio(summary[figure] / base[figure]) : "–");
  if (pace.kind === "open") {
    const figures = steadyFigures.map((figure) => formatNumber(summary[figure]));
    const acks = `${to("ackP50Ms")}, ${to("ackP99Ms")}`;
    const deliveries = `${to("deliveryP50Ms")}, ${to("deliveryP99Ms")}`;
    return [title, ...figures, acks, deliveries, to("cpuMicrosPerDelivery")];
  }
  const { ackP50Ms, ackP99Ms, cpuMicrosPerDelivery } = summary;
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

/** Summarizes the valid rounds of a cell. */
export const summaryOf = (
  { runs }: Pick<CellsFigures, "runs">,
  cell: string,
  stack: StackName,
): Summary | undefined => summarize(runs.filter((run) => run.cell === cell && run.stack === stack));

/** Makes a table for each cell; the first row contains the column titles. */
export const cellsTables = (
  figures: CellsFigures,
  cells: readonly Cell[],
): { title: string; rows: string[][] }[] =>
  cells.flatMap((cell) => {
    const runs = figures.runs.filter((run) => run.cell === cell.name);
    if (runs.length === 0) return [];
    const stacks = (Object.keys(stackTitles) as StackName[]).filter((stack) =>
      runs.some((run) => run.stack === stack),
    );
    const of = (stack: StackName): Summary | undefined => summaryOf(figures, cell.name, stack);
    const rows = stacks.map((stack) => rowOf(cell, stackTitles[stack], of(stack), of(baseline)));
    return [{ title: `${cell.title} (\`${cell.name}\`)`, rows: [columnsOf(cell), ...rows] }];
  });

/** Describes each void run. */
export const incidentsOf = (runs: readonly Run[]): string[] =>
  runs.flatMap(({ void: reason, problems, stack, cell, round }) =>
    (problems.length > 0 ? problems : reason === null ? [] : [`void: ${reason}`]).map(
      (text) => `${stackTitles[stack]}, ${cell}, round ${round}: ${text}`,
    ),
  );
