import { formatNumber, formatRatio } from "../format.ts";
import type { SearchFigures } from "./measure.ts";
import { type Sort, sorts, targets } from "./plan.ts";

type Table = { title: string; rows: string[][] };

const titles: Record<Sort, string> = { ranked: "The best 50", recent: "The newest 50" };

/** Makes a table for each order, then those of disk space and insert rate; the first row of a table contains the column titles. */
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
        "matches in Parley / PostgreSQL",
        "Parley p50 ms",
        "p99 ms",
        "PostgreSQL p50 ms",
        "p99 ms",
        "p50 ratio",
        "target",
        "Parley with 2 MB of cache p50 ms",
        "through D1 p50 ms",
      ],
      ...rows,
      [
        "A statement that does nothing",
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
    [`${name}: total`, formatNumber(list.reduce((sum, [, bytes]) => sum + bytes, 0) / messages)],
  ];
  return {
    title: "Disk space",
    rows: [["", "bytes per message"], ...rowsOf("Parley", parts.ours), ...rowsOf("PostgreSQL", parts.theirs)],
  };
}

const rateTable = ({ perSecond }: SearchFigures): Table => ({
  title: "Insert rate",
  rows: [
    ["", "messages/s"],
    ["Parley, words split in JavaScript, through D1", formatNumber(perSecond.ours)],
    ["PostgreSQL, `to_tsvector` in the insert", formatNumber(perSecond.theirs)],
  ],
});
