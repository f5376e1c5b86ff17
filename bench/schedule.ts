import type { Options } from "./options.ts";
import type { SectionName } from "./section.ts";

/** Estimates the seconds that a section takes, from figures of a machine with two cores. */
export function estimate(section: SectionName, options: Options): number {
  const { rounds, quick, cells, stacks, sizes } = options;
  const cellSeconds = (name: "throughput" | "latency"): number => {
    const isOpen = name === "latency";
    const measured = cells.filter(({ pace }) => (pace.kind === "open") === isOpen);
    const count = measured.length * stacks[name].length * rounds;
    const window = sizes.cells.seconds * (isOpen ? 2.5 : 1);
    return count * (sizes.cells.warmupSeconds + window + (quick ? 4 : 7));
  };
  const seconds: Record<SectionName, () => number> = {
    throughput: () => cellSeconds("throughput"),
    latency: () => cellSeconds("latency"),
    reads: () => (quick ? 25 : 25 + rounds * 55),
    sockets: () => (quick ? 15 : 75 + rounds * 40),
    files: () => (quick ? 25 : 130 + rounds * 60),
    search: () => (quick ? 12 : 45 + rounds * 30),
    start: () => 10 + rounds * 60,
    tests: () => 600,
  };
  return seconds[section]();
}

/** Knows which sections are left, and estimates how long they will take. */
export class Schedule {
  readonly #sections: Map<SectionName, number>;
  readonly #now: () => number;
  #current: { name: SectionName; sinceMs: number } | null = null;
  #estimated = 0;
  #taken = 0;

  /** @param sections - the estimated seconds of each section */
  constructor(sections: ReadonlyMap<SectionName, number>, now: () => number = () => performance.now()) {
    this.#sections = new Map(sections);
    this.#now = now;
  }

  begin(name: SectionName): void {
    this.#current = { name, sinceMs: this.#now() };
  }

  end(): void {
    if (!this.#current) return;
    this.#estimated += this.#sections.get(this.#current.name) ?? 0;
    this.#taken += this.#currentSeconds();
    this.#sections.delete(this.#current.name);
    this.#current = null;
  }

  /** Returns the estimated seconds until all sections are measured; corrected by how long the ones before took. */
  secondsLeft(): number {
    const pace = this.#estimated > 0 ? this.#taken / this.#estimated : 1;
    const planned = [...this.#sections.values()].reduce((sum, seconds) => sum + seconds, 0) * pace;
    if (!this.#current) return planned;
    const ofCurrent = (this.#sections.get(this.#current.name) ?? 0) * pace;
    const taken = this.#currentSeconds();
    // A section that takes longer than estimated is taken to be nearly complete.
    return planned - ofCurrent + Math.max(ofCurrent - taken, taken / 10);
  }

  #currentSeconds(): number {
    return this.#current ? (this.#now() - this.#current.sinceMs) / 1_000 : 0;
  }
}

/** Formats the time left: `about 12 min left`. */
export const timeLeft = (seconds: number): string =>
  seconds < 90
    ? `about ${Math.ceil(seconds / 10) * 10} s left`
    : `about ${Math.round(seconds / 60)} min left`;
