import { formatNumber, formatRatio } from "./format.ts";
import type { CellsFigures } from "./messages/measure.ts";
import { summaryOf } from "./messages/report.ts";
import type { Summary } from "./messages/summary.ts";
import type { ReadName } from "./reads/plan.ts";
import { readMedians } from "./reads/report.ts";
import type { Results } from "./results.ts";
import type { SectionName } from "./section.ts";
import { idleMedians } from "./sockets/report.ts";
import { baseline } from "./stack.ts";
import { startMedians } from "./start/report.ts";

/** The processors for which some goals differ, since ratios depend on the processor. */
export type Processor = "AMD EPYC" | "Intel Xeon";
export const processorOf = (cpu: string): Processor | null =>
  /EPYC/i.test(cpu) ? "AMD EPYC" : /Xeon/i.test(cpu) ? "Intel Xeon" : null;

/** What a ratio must be; in minutes for `tests`. */
export type Goal = { atLeast: number } | { atMost: number };

/** A row of the table of targets. */
export type Target = {
  section: SectionName;
  title: string;
  /** `null`: measured, but without a goal. */
  goal: Goal | Record<Processor, Goal> | null;
  /** Returns the measured value; `undefined` if a figure is missing, because a stack was skipped or no round is valid. */
  measured(results: Results): number | undefined;
};

const ratio = (ours: number | undefined, theirs: number | undefined): number | undefined =>
  ours === undefined || theirs === undefined ? undefined : ours / theirs;

const cell = (
  section: "throughput" | "latency",
  name: string,
  title: string,
  figure: keyof Summary,
  goal: Target["goal"],
): Target => ({
  section,
  title,
  goal,
  measured: (results) => {
    const figures: CellsFigures | undefined = results[section]?.figures;
    if (!figures) return undefined;
    return ratio(summaryOf(figures, name, "parley")?.[figure], summaryOf(figures, name, baseline)?.[figure]);
  },
});

const read = (name: ReadName, title: string, figure: "p50Ms" | "cpuMicros", atMost: number): Target => ({
  section: "reads",
  title: `${title}: ${figure === "p50Ms" ? "p50" : "CPU"}`,
  goal: { atMost },
  measured: ({ reads }) => {
    if (!reads) return undefined;
    const { runs } = reads.figures;
    const of = (stack: "parley" | typeof baseline): number | undefined =>
      readMedians(runs, { read: name, reader: "live", stack })?.[figure];
    return ratio(of("parley"), of(baseline));
  },
});

const file = (megabytes: number, way: "upload" | "download"): Target => ({
  section: "files",
  title: `${way} of ${megabytes} MB beside bare R2, the lower of 1 and 4 at once`,
  goal: { atLeast: 0.9 },
  measured: ({ files }) => {
    const ratios = (files?.figures.cells ?? [])
      .filter((one) => one.megabytes === megabytes)
      .map(({ parley, bare }) => parley[way] / bare[way]);
    return ratios.length === 0 ? undefined : Math.min(...ratios);
  },
});

const start = (title: string, figure: "readySeconds" | "restartSeconds", atMost: number): Target => ({
  section: "start",
  title,
  goal: { atMost },
  measured: (results) => {
    const figures = results.start?.figures;
    if (!figures) return undefined;
    return ratio(startMedians(figures, "parley")?.[figure], startMedians(figures, "wrangler")?.[figure]);
  },
});

const low = "1,000 subscribers, 20 messages/s";
const few = "100 subscribers, 50 messages/s";
const many = "1,000 subscribers, 16 in flight";
const most = "1,000 subscribers, 256 in flight";
const byProcessor = (epyc: Goal, xeon: Goal): Record<Processor, Goal> => ({
  "AMD EPYC": epyc,
  "Intel Xeon": xeon,
});

export const targets: readonly Target[] = [
  cell(
    "throughput",
    "1000x4",
    `deliveries/s, ${many}`,
    "deliveriesPerSecond",
    byProcessor({ atLeast: 6.5 }, { atLeast: 4.5 }),
  ),
  cell(
    "throughput",
    "1000x64",
    `deliveries/s, ${most}`,
    "deliveriesPerSecond",
    byProcessor({ atLeast: 35 }, { atLeast: 22 }),
  ),
  cell(
    "throughput",
    "1000x4",
    `CPU per delivery, ${many}`,
    "cpuMicrosPerDelivery",
    byProcessor({ atMost: 0.12 }, { atMost: 0.2 }),
  ),
  cell(
    "throughput",
    "1000x64",
    `CPU per delivery, ${most}`,
    "cpuMicrosPerDelivery",
    byProcessor({ atMost: 0.025 }, { atMost: 0.04 }),
  ),
  cell("latency", "latency-100", `ack p50, ${few}`, "ackP50Ms", { atMost: 0.8 }),
  cell("latency", "latency-100", `ack p99, ${few}`, "ackP99Ms", { atMost: 1 }),
  cell("latency", "latency-100", `delivery p50, ${few}`, "deliveryP50Ms", { atMost: 1.1 }),
  cell("latency", "latency-100", `delivery p99, ${few}`, "deliveryP99Ms", { atMost: 1.3 }),
  cell("latency", "low-rate-1000", `ack p50, ${low}`, "ackP50Ms", null),
  cell("latency", "low-rate-1000", `ack p99, ${low}`, "ackP99Ms", null),
  cell("latency", "low-rate-1000", `delivery p50, ${low}`, "deliveryP50Ms", { atMost: 1.3 }),
  cell("latency", "low-rate-1000", `delivery p99, ${low}`, "deliveryP99Ms", { atMost: 1.3 }),
  read("head", "newest page of 50", "p50Ms", 1),
  read("middle", "page of 50 in the middle", "p50Ms", 1.3),
  read("start", "page of 50 at the start", "p50Ms", 1.3),
  read("head", "newest page of 50", "cpuMicros", 1.2),
  read("middle", "page of 50 in the middle", "cpuMicros", 1.2),
  read("start", "page of 50 at the start", "cpuMicros", 1.2),
  read("unreads", "unread counts", "p50Ms", 1),
  ...([1, 10, 90] as const).map((megabytes) => file(megabytes, "upload")),
  ...([1, 10, 90] as const).map((megabytes) => file(megabytes, "download")),
  {
    section: "search",
    title: "search by a common prefix, newest first, beside GIN",
    goal: { atMost: 1 },
    measured: ({ search }) => {
      if (!search) return undefined;
      const { queries, nothing } = search.figures;
      const times = queries.find(({ title }) => title.startsWith("A common prefix"))?.bySort.recent;
      if (!times) return undefined;
      return (times.ours.p50Ms - nothing.ours.p50Ms) / (times.theirs.p50Ms - nothing.theirs.p50Ms);
    },
  },
  {
    section: "sockets",
    title: "memory of an idle socket beside `ws`",
    goal: { atMost: 4 },
    measured: ({ sockets }) => {
      if (!sockets) return undefined;
      const { idle } = sockets.figures;
      return ratio(idleMedians(idle, "parley")?.idleBytesEach, idleMedians(idle, "ws-floor")?.idleBytesEach);
    },
  },
  start("`npm run dev` in a fresh clone until ready, beside `wrangler dev`", "readySeconds", 1.5),
  start("restart after SIGKILL until the first answer, beside `wrangler dev`", "restartSeconds", 1.2),
  {
    section: "tests",
    title: "`npm ci && npm test`, minutes",
    goal: { atMost: 8 },
    measured: ({ tests }) => tests && (tests.figures.installSeconds + tests.figures.testSeconds) / 60,
  },
];

export type Verdict = {
  section: SectionName;
  title: string;
  goal: Goal | null;
  /** `null`: not measured. */
  measured: number | null;
  /** `null`: not measured, or without a goal on this processor. */
  reached: boolean | null;
};

/** Compares the recorded figures with the targets. Goals are those of the processor on which a section was measured. */
export function judge(results: Results): Verdict[] {
  return targets.map((target) => {
    const { section, title } = target;
    const processor = processorOf(results[section]?.machine.cpu ?? "");
    const goal = goalFor(target.goal, processor);
    const measured = target.measured(results) ?? null;
    const reached = measured === null || goal === null ? null : isReached(measured, goal);
    return { section, title, goal, measured, reached };
  });
}

function goalFor(goal: Target["goal"], processor: Processor | null): Goal | null {
  if (goal === null || "atLeast" in goal || "atMost" in goal) return goal;
  return processor === null ? null : goal[processor];
}

const isReached = (measured: number, goal: Goal): boolean =>
  "atLeast" in goal ? measured >= goal.atLeast : measured <= goal.atMost;

/** Makes the row of a verdict: title, goal, measured value, and whether the goal is reached. */
export function verdictRow({ section, title, goal, measured, reached }: Verdict): string[] {
  const unit = section === "tests" ? " min" : " ×";
  const goalText =
    goal === null ? "–" : "atLeast" in goal ? `≥ ${goal.atLeast}${unit}` : `≤ ${goal.atMost}${unit}`;
  const value =
    measured === null
      ? "not measured"
      : section === "tests"
        ? `${formatNumber(measured)} min`
        : formatRatio(measured);
  return [title, goalText, value, reached === null ? "–" : reached ? "reached" : "not reached"];
}

export const verdictColumns = ["", "goal", "measured", ""];
