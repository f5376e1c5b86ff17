import { formatNumber, formatRatio } from "../format.ts";
import { median } from "../median.ts";
import type { StartFigures } from "./measure.ts";
import { type Starter, starters, starterTitles } from "./plan.ts";

export type StartMedians = { readySeconds: number; restartSeconds: number };

/** Returns the medians over the valid rounds; `undefined` if no round is valid. */
export function startMedians({ runs }: StartFigures, starter: Starter): StartMedians | undefined {
  const valid = runs.filter((run) => run.starter === starter && run.void === null);
  if (valid.length === 0) return undefined;
  const of = (figure: keyof StartMedians): number => median(valid.map((run) => run[figure]));
  return { readySeconds: of("readySeconds"), restartSeconds: of("restartSeconds") };
}

/** Makes the table of the section; the first row contains the column titles. */
export function startTable(figures: StartFigures): string[][] {
  const base = startMedians(figures, "wrangler");
  const rows = starters.map((starter) => {
    const own = startMedians(figures, starter);
    if (!own) return [starterTitles[starter], "no valid round"];
    return [
      starterTitles[starter],
      formatNumber(own.readySeconds),
      formatNumber(own.restartSeconds),
      formatRatio(own.readySeconds / (base?.readySeconds ?? Number.NaN)),
      formatRatio(own.restartSeconds / (base?.restartSeconds ?? Number.NaN)),
    ];
  });
  return [["", "ready s", "restarted s", "ready ratio", "restarted ratio"], ...rows];
}
