import { formatNumber } from "../format.ts";
import { type Cell, cellsOf } from "../messages/cells.ts";
import { summaryOf } from "../messages/report.ts";
import type { Summary } from "../messages/summary.ts";
import { type ReadName, readNames } from "../reads/plan.ts";
import { readMedians } from "../reads/report.ts";
import type { Provenance, Results } from "../results.ts";
import { type StackName, stackTitles } from "../stack.ts";
import { starters, starterTitles } from "../start/plan.ts";
import { startMedians } from "../start/report.ts";
import { type Chart, type Group, svgOf } from "./svg.ts";

export const chartNames = ["throughput", "latency", "reads", "files", "start"] as const;
export type ChartName = (typeof chartNames)[number];

/** The titles, which say what is better. */
export const chartTitles: Record<ChartName, string> = {
  throughput: "Deliveries a second in one room (more is better)",
  latency: "Latency in one room at a fixed rate (less is better)",
  reads: "Time of a read (less is better)",
  files: "Rates of uploads and downloads (more is better)",
  start: "Start of the local server (less is better)",
};

/** Draws the charts of all recorded sections. */
export function chartsOf(results: Results): Map<ChartName, string> {
  const charts = new Map<ChartName, string>();
  for (const name of chartNames) {
    const chart = makers[name](results);
    if (chart) charts.set(name, svgOf(chart));
  }
  return charts;
}

const versionsShown: Record<ChartName, string[]> = {
  throughput: ["workerd", "node", "PostgreSQL", "socket.io", "ws"],
  latency: ["workerd", "node", "PostgreSQL", "socket.io", "ws"],
  reads: ["workerd", "node", "PostgreSQL", "express"],
  files: ["workerd", "miniflare", "node"],
  start: ["wrangler", "workerd", "node"],
};

/** Makes the lines with processor, versions and date. */
function footerOf(name: ChartName, { machine, versions, date, commit, quick }: Provenance): string[] {
  const all: Record<string, string> = { ...versions, node: machine.node };
  const shown = versionsShown[name].flatMap((component) =>
    all[component] === undefined ? [] : [`${component} ${all[component].replace(/ \(.*\)$/, "")}`],
  );
  const run = quick ? "a quick run: the figures mean little" : `commit ${commit}`;
  return [`${machine.cpu}, ${machine.cores} cores. ${date}, ${run}.`, shown.join(", ")];
}

const stacks: readonly StackName[] = ["parley", "socketio-pg", "ws-floor"];

const makers: Record<ChartName, (results: Results) => Chart | null> = {
  throughput: ({ throughput }) =>
    throughput
      ? {
          title: chartTitles.throughput,
          subtitle: "Parley and Socket.IO + PostgreSQL store each message before they acknowledge it.",
          series: stacks.map((stack) => stackTitles[stack]),
          panels: [
            {
              title: "",
              groups: cellsOf.throughput.map((cell) =>
                cellGroup(throughput.figures, cell, cell.title, "deliveriesPerSecond"),
              ),
            },
          ],
          footer: footerOf("throughput", throughput),
          format: formatNumber,
        }
      : null,
  latency: ({ latency }) =>
    latency
      ? {
          title: chartTitles.latency,
          subtitle: "Milliseconds. Acknowledged means stored, except by ws.",
          series: stacks.map((stack) => stackTitles[stack]),
          panels: cellsOf.latency.map((cell) => ({
            title: cell.title,
            groups: [
              cellGroup(latency.figures, cell, "acknowledged, p50", "ackP50Ms"),
              cellGroup(latency.figures, cell, "acknowledged, p99", "ackP99Ms"),
              cellGroup(latency.figures, cell, "delivered, p50", "deliveryP50Ms"),
              cellGroup(latency.figures, cell, "delivered, p99", "deliveryP99Ms"),
            ],
          })),
          footer: footerOf("latency", latency),
          format: milliseconds,
        }
      : null,
  reads: ({ reads }) =>
    reads
      ? {
          title: chartTitles.reads,
          subtitle: "p50 in milliseconds; REST over one connection.",
          series: ["Parley", stackTitles["socketio-pg"], "Parley, reader without a socket"],
          panels: [{ title: "", groups: readNames.map((read) => readGroup(reads.figures, read)) }],
          footer: footerOf("reads", reads),
          format: milliseconds,
        }
      : null,
  files: ({ files }) =>
    files
      ? {
          title: chartTitles.files,
          subtitle: "MB a second, one file after the other.",
          series: ["Parley", "A Worker that only calls R2 (local simulator)"],
          panels: (["upload", "download"] as const).map((way) => ({
            title: way === "upload" ? "Uploads" : "Downloads",
            groups: files.figures.cells
              .filter(({ atOnce }) => atOnce === 1)
              .map(({ megabytes, parley, bare }) => ({
                label: `${megabytes} MB`,
                bars: [
                  { series: 0, value: parley[way] },
                  { series: 1, value: bare[way] },
                ],
              })),
          })),
          footer: footerOf("files", files),
          format: formatNumber,
        }
      : null,
  start: ({ start }) =>
    start
      ? {
          title: chartTitles.start,
          subtitle: "Seconds until the first answer.",
          series: starters.map((starter) => starterTitles[starter].replaceAll("`", "")),
          panels: [
            {
              title: "",
              groups: (["readySeconds", "restartSeconds"] as const).map((figure) => ({
                label: figure === "readySeconds" ? "first start after npm ci" : "restart after SIGKILL",
                bars: starters.flatMap((starter, series) => {
                  const value = startMedians(start.figures, starter)?.[figure];
                  return value === undefined ? [] : [{ series, value }];
                }),
              })),
            },
          ],
          footer: footerOf("start", start),
          format: (value) => `${formatNumber(value)} s`,
        }
      : null,
};

const milliseconds = (value: number): string => `${formatNumber(value)} ms`;

function cellGroup(
  figures: Parameters<typeof summaryOf>[0],
  cell: Cell,
  label: string,
  figure: keyof Summary,
): Group {
  const bars = stacks.flatMap((stack, series) => {
    const value = summaryOf(figures, cell.name, stack)?.[figure];
    return value === undefined ? [] : [{ series, value }];
  });
  return { label, bars };
}

const readLabels: Record<ReadName, string> = {
  head: "newest 50 messages",
  middle: "50 from the middle",
  start: "50 from the start",
  unreads: "unread counts",
};

function readGroup({ runs }: NonNullable<Results["reads"]>["figures"], read: ReadName): Group {
  const shown = [
    { reader: "live", stack: "parley", series: 0 },
    { reader: "rest", stack: "parley", series: 2 },
    { reader: "live", stack: "socketio-pg", series: 1 },
  ] as const;
  const bars = shown.flatMap(({ reader, stack, series }) => {
    const value = readMedians(runs, { read, reader, stack })?.p50Ms;
    return value === undefined ? [] : [{ series, value }];
  });
  return { label: readLabels[read], bars };
}
