import { readFileSync } from "node:fs";
import type { FilesFigures } from "./files/measure.ts";
import type { Machine } from "./machine.ts";
import type { CellsFigures } from "./messages/measure.ts";
import type { ReadsFigures } from "./reads/measure.ts";
import type { SearchFigures } from "./search/measure.ts";
import type { SectionName } from "./section.ts";
import type { SocketsFigures } from "./sockets/measure.ts";
import type { StartFigures } from "./start/measure.ts";
import type { TestsFigures } from "./tests/measure.ts";

/** The figures of each section. */
export type Figures = {
  throughput: CellsFigures;
  latency: CellsFigures;
  reads: ReadsFigures;
  sockets: SocketsFigures;
  files: FilesFigures;
  search: SearchFigures;
  start: StartFigures;
  tests: TestsFigures;
};

/** Where, when and of what a section's figures were measured. */
export type Provenance = {
  date: string;
  /** The commit, followed by ", with changes" if files differed from it. */
  commit: string;
  /** Whether it was a `--quick` run, whose figures mean little. */
  quick: boolean;
  machine: Machine;
  versions: Record<string, string>;
  /** How the stacks were set up. */
  notes: string[];
  /** What could not be measured, and why. */
  skipped: string[];
};

export type Recorded<Name extends SectionName = SectionName> = Provenance & { figures: Figures[Name] };

/** The recorded sections. `docs/bench/results.json` has this form, and `docs/bench.md` and the charts are generated from it. */
export type Results = { [Name in SectionName]?: Recorded<Name> };

/** Reads a recorded file; returns no sections if there is none. */
export function readResults(file: URL): Results {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}
