import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Cell, cells } from "./cells.ts";
import { type FilesSize, fullFiles, quickFiles } from "./files/plan.ts";
import type { ReadsOptions } from "./reads/measure.ts";
import { fullSize, quickSize } from "./reads/plan.ts";
import { fullSearch, quickSearch, type SearchSize } from "./search/plan.ts";
import { type SectionName, sectionNames } from "./section.ts";
import { fullSockets, quickSockets, type SocketsSize } from "./sockets/measure.ts";
import type { Stack } from "./stack.ts";

export type Options = {
  rounds: number;
  seconds: number;
  cells: Cell[];
  /** Absent sections are `null` and are not measured. */
  reads: Pick<ReadsOptions, "reads" | "size"> | null;
  sockets: SocketsSize | null;
  search: SearchSize | null;
  files: FilesSize | null;
  stacks: Stack[];
  vars: Record<string, string>;
  config: string;
  plain: boolean;
  write: boolean;
  help: boolean;
};

export const helpText = (stacks: readonly Stack[]): string => `npm run bench -- [options]

Compares Parley with Express + Socket.IO + PostgreSQL, and with a \`ws\` server that stores nothing: messages in one room, reads,
sockets, search and files.
Needs two cores and, for the comparison, PostgreSQL (Debian: apt-get install postgresql).

  --quick            one round of 3 s for each cell, shorter channels, fewer messages and files: checks that the benchmark
                     runs; the figures mean little
  --rounds N         number of rounds, odd, default 3; each round measures all stacks in turn, and medians are shown
  --seconds S        length of a measured window, default 8 (2.5 times that in cells with a fixed rate)
  --only A,B         only these stacks, cells or sections (reads, sockets, search, files)
  --var NAME=VALUE   set a var of Parley's Worker; may be repeated, and is printed with the figures
  --config FILE      the wrangler.toml of another Parley, for example an older checkout
  --plain            Parley's clients do not offer the compact form of events
  --write            also write the figures to docs/bench.md; sections that were not measured keep their old figures
  --help

Stacks  ${stacks.map(({ name }) => name).join(", ")}
Cells   ${cells.map(({ name }) => name).join(", ")}
Reads   reads: pages of a channel with 100,000 messages, and unread counts of 200 channels
Sockets sockets: the gateway socket compared with a room's own socket, and the memory of sockets
Search  search: the statements of the index on 100,000 messages, compared with PostgreSQL's full-text search, SQL against SQL
Files   files: uploads and downloads, compared with a plain Node server, and the memory of an upload, compared with a bare \`put\`

Every run writes bench/results/<time>.json. The exit code is 1 if any message was lost, repeated or out of order.
`;

export function readOptions(stacks: readonly Stack[], args?: string[]): Options {
  const { values } = parseArgs({
    ...(args && { args }),
    options: {
      help: { type: "boolean", short: "h", default: false },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      plain: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      config: { type: "string", default: fileURLToPath(new URL("../wrangler.toml", import.meta.url)) },
      var: { type: "string", multiple: true, default: [] },
    },
  });
  const names = values.only.split(",").filter(Boolean);
  const unknown = names.filter(
    (name) =>
      !sectionNames.includes(name as SectionName) &&
      ![...stacks, ...cells].some((known) => known.name === name),
  );
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(", ")} (see --help)`);
  const chosen = <T extends { name: string }>(all: readonly T[]): T[] => {
    const some = all.filter(({ name }) => names.includes(name));
    return some.length > 0 ? some : [...all];
  };
  const isPartNamed = names.some(
    (name) => sectionNames.includes(name as SectionName) || cells.some((cell) => cell.name === name),
  );
  const sized = <Size>(section: SectionName, full: Size, quick: Size): Size | null =>
    !names.includes(section) && isPartNamed ? null : values.quick ? quick : full;
  const reads = sized("reads", { reads: 1_000, size: fullSize }, { reads: 100, size: quickSize });
  const sockets = sized("sockets", fullSockets, quickSockets);
  const files = sized("files", fullFiles, quickFiles);
  const measuredCells =
    names.some((name) => cells.some((cell) => cell.name === name)) || !isPartNamed ? chosen(cells) : [];
  const needsStacks = measuredCells.length > 0 || reads !== null || sockets !== null;

  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  const seconds = Number(values.seconds ?? (values.quick ? 3 : 8));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds % 2 === 0)
    throw new Error("--rounds must be odd, so that there is a median");
  if (!(seconds >= 1)) throw new Error("--seconds must be at least 1");
  return {
    rounds,
    seconds,
    cells: measuredCells,
    ...{ reads, sockets, files },
    search: sized("search", fullSearch, quickSearch),
    // Search starts its own databases, and files needs only Parley.
    stacks: needsStacks ? chosen(stacks) : stacks.filter(({ name }) => files !== null && name === "parley"),
    vars: readVars(values.var),
    config: resolve(values.config),
    write: values.write,
    plain: values.plain,
    help: values.help,
  };
}

function readVars(given: string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(pair) ?? [];
      if (!name) throw new Error(`--var must be NAME=VALUE, not ${pair}`);
      return [name, value!];
    }),
  );
}
