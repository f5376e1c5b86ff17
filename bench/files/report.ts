import { formatNumber, formatRatio } from "../format.ts";
import { median } from "../median.ts";
import type { FilesFigures, Rates } from "./measure.ts";
import { megabyte, memoryMegabytes, memoryTargetMegabytes } from "./plan.ts";

type Table = { title: string; rows: string[][] };

/** Makes tables for uploads, downloads and memory; the first row of each contains the column titles. */
export const filesTables = (figures: FilesFigures): Table[] => [
  ratesTable("Uploads", figures, "upload"),
  ratesTable("Downloads", figures, "download"),
  memoryTable(figures),
];

const ratesTable = (title: string, { cells }: FilesFigures, way: keyof Rates): Table => ({
  title,
  rows: [
    ["", "Parley MB/s", "bare R2 MB/s", "plain Node MB/s", "ratio to bare R2", "ratio to Node"],
    ...cells.map(({ megabytes, atOnce, parley, bare, node }) => [
      `${megabytes} MB, ${atOnce === 1 ? "one after the other" : `${atOnce} at once`}`,
      ...[parley, bare, node].map((rates) => formatNumber(rates[way])),
      formatRatio(parley[way] / bare[way]),
      formatRatio(parley[way] / node[way]),
    ]),
  ],
});

function memoryTable({ memory }: FilesFigures): Table {
  const inMegabytes = (of: (run: FilesFigures["memory"][number]) => number): string[] => {
    const values = memory.map((run) => of(run) / megabyte);
    const range = `${formatNumber(Math.min(...values))} to ${formatNumber(Math.max(...values))}`;
    return [formatNumber(median(values)), range];
  };
  const above = median(memory.map(({ parley, bare }) => (parley - bare) / megabyte));
  const verdict = above <= memoryTargetMegabytes ? "reached" : "not reached";
  return {
    title: `Peak memory of one upload of ${memoryMegabytes} MB`,
    rows: [
      ["", "MB", "lowest to highest", "target"],
      ["Parley", ...inMegabytes(({ parley }) => parley), ""],
      ["A bare `put(request.body)`", ...inMegabytes(({ bare }) => bare), ""],
      [
        "Difference",
        ...inMegabytes(({ parley, bare }) => parley - bare),
        `≤ ${memoryTargetMegabytes} MB: ${verdict}`,
      ],
    ],
  };
}
