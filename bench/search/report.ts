import { formatNumber, formatRatio } from "../report.ts";
import type { SearchFigures } from "./measure.ts";
import { type Sort, sorts, targets } from "./plan.ts";

type Table = { title: string; rows: string[][] };

const titles: Record<Sort, string> = { ranked: "The best 50", recent: "The newest 50" };

/** A table for each order, then what it takes; the first row has the columns. */
export function searchTables(figures: SearchFigures): Table[] {
  return [...sorts.map((sort) => timesTable(figures, sort)), bytesTable(figures), rateTable(figures)];
}

function timesTable({ queries, nothing }: SearchFigures, sort: Sort): Table {
  const rows = queries.map(({ title, found, bySort }) => {
    const { ours, theirs, small, throughD1Ms } = bySort[sort];
    const times = [ours.p50Ms, ours.p99Ms, theirs.p50Ms, theirs.p99Ms].map(formatNumber);
    const share = (ours.p50Ms - nothing.ours.p50Ms) / (theirs.p50Ms - nothing.theirs.p50Ms);
    const verdict = share <= targets[sort] ? "reached" : "not reached";
    return [
      title,
      `${formatNumber(found.ours)} / ${formatNumber(found.theirs)}`,
      ...times,
      formatRatio(share),
      `≤ ${targets[sort].toFixed(1)} ×: ${verdict}`,
      formatNumber(small.p50Ms),
      formatNumber(throughD1Ms),
    ];
  });
  return {
    title: titles[sort],
    rows: [
      [
        "",
        "found by Parley / PostgreSQL",
        "Parley p50 ms",
        "p99 ms",
        "PostgreSQL p50 ms",
        "p99 ms",
        "p50 ratio",
        "wanted",
        "Parley with 2 MB of cache p50 ms",
        "through D1 p50 ms",
      ],
      ...rows,
      [
        "Nothing: the way there and back",
        "",
        formatNumber(nothing.ours.p50Ms),
        "",
        formatNumber(nothing.theirs.p50Ms),
        "",
        "",
        "",
        formatNumber(nothing.small.p50Ms),
        formatNumber(nothing.throughD1Ms),
      ],
    ],
  };
}

function bytesTable({ parts, messages }: SearchFigures): Table {
  const rowsOf = (name: string, list: [string, number][]): string[][] => [
    ...list.map(([part, bytes]) => [`${name}: ${part}`, formatNumber(bytes / messages)]),
    [`${name}: all of it`, formatNumber(list.reduce((sum, [, bytes]) => sum + bytes, 0) / messages)],
  ];
  return {
    title: "What it takes on disk",
    rows: [["", "bytes a message"], ...rowsOf("Parley", parts.ours), ...rowsOf("PostgreSQL", parts.theirs)],
  };
}

const rateTable = ({ perSecond }: SearchFigures): Table => ({
  title: "Filling it",
  rows: [
    ["", "messages a second"],
    ["Parley, words cut and put through D1", formatNumber(perSecond.ours)],
    ["PostgreSQL, `to_tsvector` in the insert", formatNumber(perSecond.theirs)],
  ],
});
