import { formatNumber, formatRatio } from "../format.ts";
import { median } from "../median.ts";
import { baseline, type StackName, stackTitles } from "../stack.ts";
import type { ReadsFigures, ReadsRun } from "./measure.ts";
import { type ReaderName, type ReadName, readNames, type ReadsSize } from "./plan.ts";

const columns = ["", "p50 ms", "p99 ms", "CPU µs/read", "p50 ratio", "p99 ratio", "CPU ratio"];

const titleOf = (read: ReadName, { messages, channels }: ReadsSize): string =>
  read === "unreads"
    ? `Unread counts of ${channels + 1} channels`
    : `A page of 50 messages of ${messages.toLocaleString("en")}, ${{ head: "at the head", middle: "in the middle", start: "at the start" }[read]}`;

const readerTitles: Record<ReaderName, string> = { live: "with a socket", rest: "without a socket" };

export type ReadMedians = { p50Ms: number; p99Ms: number; cpuMicros: number };

/** Returns the medians over the valid rounds; `undefined` if no round is valid. */
export function readMedians(
  runs: readonly ReadsRun[],
  wanted: Pick<ReadsRun, "read" | "reader" | "stack">,
): ReadMedians | undefined {
  const counted = runs.filter(
    (run) =>
      run.void === null &&
      run.read === wanted.read &&
      run.reader === wanted.reader &&
      run.stack === wanted.stack,
  );
  if (counted.length === 0) return undefined;
  const of = (figure: keyof ReadMedians): number => median(counted.map((run) => run[figure]));
  return { p50Ms: of("p50Ms"), p99Ms: of("p99Ms"), cpuMicros: of("cpuMicros") };
}

/** Makes a table for each kind of read; the first row contains the column titles. */
export function readsTables({ runs, size }: ReadsFigures): { title: string; rows: string[][] }[] {
  const measured = (["live", "rest"] as const).flatMap((reader) =>
    (Object.keys(stackTitles) as StackName[]).flatMap((stack) =>
      runs.some((run) => run.stack === stack && run.reader === reader) ? [{ reader, stack }] : [],
    ),
  );
  return readNames.map((read) => ({
    title: titleOf(read, size),
    rows: [
      columns,
      ...measured.map(({ reader, stack }) => {
        const name = `${stackTitles[stack]}, ${readerTitles[reader]}`;
        const ours = readMedians(runs, { read, reader, stack });
        if (!ours) return [name, "no valid round"];
        const base = readMedians(runs, { read, reader, stack: baseline });
        const figures = [ours.p50Ms, ours.p99Ms, ours.cpuMicros];
        const to = base ? [base.p50Ms, base.p99Ms, base.cpuMicros] : [];
        const ratios = figures.map((figure, i) => formatRatio(figure / (to[i] ?? Number.NaN)));
        return [name, ...figures.map(formatNumber), ...ratios];
      }),
    ],
  }));
}
