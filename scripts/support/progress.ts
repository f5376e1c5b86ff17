import type { Colorize } from "./colors.ts";

/**
 * The last line of a terminal, which each update overwrites. Elsewhere (a pipe, a CI log) updates are dropped, and only lines
 * printed with `print` appear.
 */
export class StatusLine {
  readonly #out: NodeJS.WriteStream;
  readonly #prefix: () => string;

  /** @param prefix - returns what each line begins with, for example the elapsed time */
  constructor(out: NodeJS.WriteStream = process.stderr, prefix: () => string = () => "") {
    this.#out = out;
    this.#prefix = prefix;
  }

  get isLive(): boolean {
    return this.#out.isTTY;
  }

  /** Overwrites the line. */
  update(text: string): void {
    if (this.isLive) this.#out.write(`\r\u001B[2K${this.#prefix()}${text}`);
  }

  /** Prints a line that stays, in place of the last update. */
  print(text: string): void {
    this.#out.write(`${this.isLive ? "\r\u001B[2K" : ""}${this.#prefix()}${text}\n`);
  }
}

/** Makes a prefix for `StatusLine`: the time since this call, as minutes and seconds. */
export function elapsedTime(): () => string {
  const startedMs = Date.now();
  return () => {
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} `;
  };
}

/** The progress of one task with a known number of steps. */
export interface Progress {
  /** @param steps - how many steps were completed since the last call; default 1 */
  advance(steps?: number): void;
  /** Replaces the bar by its final state. */
  finish(): void;
}

/** @param total - the number of steps after which the task is complete */
export type StartProgress = (label: string, total: number) => Progress;

/** Shows nothing: for tests. */
export const silentProgress: StartProgress = () => ({ advance() {}, finish() {} });

const barWidth = 28;
const redrawMs = 100;

/** Shows a bar with a rate and the time left in a terminal; elsewhere prints a line at each quarter. */
export function terminalProgress(paint: Colorize, out: NodeJS.WriteStream = process.stdout): StartProgress {
  const status = new StatusLine(out);
  return (label, total) => {
    const startedMs = performance.now();
    let done = 0;
    let drawnAtMs = 0;
    let quarter = 0;

    const text = () => {
      const seconds = (performance.now() - startedMs) / 1_000;
      const filled = total === 0 ? barWidth : Math.round((barWidth * done) / total);
      const bar = paint("cyan", "█".repeat(filled)) + paint("dim", "░".repeat(barWidth - filled));
      const rate = done / Math.max(seconds, 0.001);
      const time =
        done > 0 && done < total
          ? `, ${Math.ceil((total - done) / rate)} s left`
          : `, ${seconds.toFixed(1)} s`;
      const counts = `${formatCount(done).padStart(formatCount(total).length)} / ${formatCount(total)}`;
      return `  ${label.padEnd(12)} ${bar}  ${counts}  ${paint("dim", `${formatCount(Math.round(rate))}/s${time}`)}`;
    };
    return {
      advance(steps = 1) {
        done += steps;
        if (!status.isLive) {
          const reached = Math.floor((4 * done) / total);
          if (reached <= quarter || done >= total) return;
          quarter = reached;
          status.print(text());
        } else if (performance.now() - drawnAtMs > redrawMs) {
          drawnAtMs = performance.now();
          status.update(text());
        }
      },
      finish() {
        status.print(text());
      },
    };
  };
}

/** Formats a whole number with thousands separators: `12,345`. */
export const formatCount = (value: number): string => value.toLocaleString("en");
