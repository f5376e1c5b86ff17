import type { Paint } from "../../../scripts/support/paint.ts";

/** Says how far something is. */
export interface Progress {
  advance(by?: number): void;
  /** The last word, in place of the bar. */
  finish(): void;
}

export type StartProgress = (label: string, total: number) => Progress;

export const silentProgress: StartProgress = () => ({ advance() {}, finish() {} });

const barWidth = 28;
const redrawMs = 100;

/** A bar with a rate in a terminal; elsewhere a line at each quarter. */
export function terminalProgress(paint: Paint, out: NodeJS.WriteStream = process.stdout): StartProgress {
  return (label, total) => {
    const begun = performance.now();
    let done = 0;
    let drawnAt = 0;
    let quarter = 0;

    const line = () => {
      const seconds = (performance.now() - begun) / 1_000;
      const filled = total === 0 ? barWidth : Math.round((barWidth * done) / total);
      const bar = paint("cyan", "█".repeat(filled)) + paint("dim", "░".repeat(barWidth - filled));
      const rate = done / Math.max(seconds, 0.001);
      const left =
        done > 0 && done < total
          ? `, ${Math.ceil((total - done) / rate)} s left`
          : `, ${seconds.toFixed(1)} s`;
      const counts = `${number(done).padStart(number(total).length)} / ${number(total)}`;
      return `  ${label.padEnd(12)} ${bar}  ${counts}  ${paint("dim", `${number(Math.round(rate))}/s${left}`)}`;
    };
    return {
      advance(by = 1) {
        done += by;
        if (!out.isTTY) {
          if (Math.floor((4 * done) / total) <= quarter || done >= total) return;
          quarter = Math.floor((4 * done) / total);
          out.write(`${line()}\n`);
        } else if (performance.now() - drawnAt > redrawMs) {
          drawnAt = performance.now();
          out.write(`\r${line()}\u001B[K`);
        }
      },
      finish() {
        out.write(out.isTTY ? `\r${line()}\u001B[K\n` : `${line()}\n`);
      },
    };
  };
}

/** With separators, as everywhere in the output. */
export const number = (value: number): string => value.toLocaleString("en");
