import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FilesSize, fullFiles, quickFiles } from "./files/plan.ts";
import { type Cell, cells, cellsOf } from "./messages/cells.ts";
import type { CellsOptions } from "./messages/measure.ts";
import type { ReadsOptions } from "./reads/measure.ts";
import { fullSize, quickSize } from "./reads/plan.ts";
import { fullSearch, quickSearch, type SearchSize } from "./search/plan.ts";
import { type SectionName, sectionNames } from "./section.ts";
import { fullSockets, quickSockets, type SocketsSize } from "./sockets/measure.ts";
import { type StackName, stackTitles } from "./stack.ts";
import { fullPatience, type Patience, quickPatience } from "./validity.ts";

export type Options = {
  quick: boolean;
  rounds: number;
  sections: SectionName[];
  /** The cells of the sections `throughput` and `latency`. */
  cells: Cell[];
  /** The stacks of each section that compares several. */
  stacks: Record<"throughput" | "latency" | "reads", StackName[]>;
  sizes: {
    cells: CellsOptions;
    reads: ReadsOptions;
    sockets: SocketsSize;
    search: SearchSize;
    files: FilesSize;
  };
  /** The accounts that share the sockets of a room. */
  accounts: number;
  patience: Patience;
  vars: Record<string, string>;
  config: string;
  /** Parley's clients do not offer the compact form of events. */
  plain: boolean;
  write: boolean;
  /** Generate the documents from the recorded figures, and measure nothing. */
  render: boolean;
  help: boolean;
};

export const helpText = `npm run bench -- [options]

Compares Parley with Express + Socket.IO + PostgreSQL, with a \`ws\` server that stores nothing, and with parts of Cloudflare's local
runtime. Needs two cores, and for the comparison PostgreSQL (Debian: apt-get install postgresql); without it, Parley is measured alone.
All sections take about 40 minutes; nothing else should run meanwhile.

  --quick            one short round of all sections in under 3 minutes: checks that the benchmark runs; the figures mean little
  --rounds N         number of rounds, odd, default 3; each round measures all stacks in turn, and medians are shown
  --seconds S        length of a measured window of throughput, default 8, and 2.5 times that of latency
  --only A,B         only these sections, cells or stacks
  --write            also record the measured sections in docs/bench/results.json, and generate docs/bench.md, the charts in
                     docs/bench and the table in README.md; sections that were not measured keep their figures
  --render           generate these documents from docs/bench/results.json, and measure nothing
  --var NAME=VALUE   set a var of Parley's Worker; may be repeated, and is printed with the figures
  --config FILE      the wrangler.toml of another Parley, for example an older checkout
  --plain            Parley's clients do not offer the compact form of events
  --help

Sections
  throughput   messages in one room, many in flight: deliveries a second, CPU for each
  latency      messages in one room at a fixed rate: until they are acknowledged and delivered
  reads        pages of a channel with 100,000 messages, and unread counts of 201 channels; by readers with and without a socket
  sockets      the gateway socket compared with a room's own socket, and the memory of sockets
  files        uploads and downloads, compared with a Worker that only calls R2 and a plain Node server; memory of an upload
  search       statements on 100,000 messages, compared with PostgreSQL's full-text search, SQL against SQL
  start        \`npm run dev\` in a fresh clone, and after SIGKILL, compared with \`npx wrangler dev\`
  tests        \`npm ci && npm test\` in a fresh clone; only with --only tests, since it takes minutes
Cells          ${cells.map(({ name }) => name).join(", ")}
Stacks         ${Object.keys(stackTitles).join(", ")}

A measurement is void if the load generator used more than 0.95 of a core, other processes more than 0.15, or a result was wrong. It is then
repeated, up to three measurements in all. Every run writes bench/results/<time>.json. The exit code is 1 if a result was wrong.
`;

export function readOptions(args?: string[]): Options {
  const { values } = parseArgs({
    ...(args && { args }),
    options: {
      help: { type: "boolean", short: "h", default: false },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      render: { type: "boolean", default: false },
      plain: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      config: { type: "string", default: fileURLToPath(new URL("../wrangler.toml", import.meta.url)) },
      var: { type: "string", multiple: true, default: [] },
    },
  });
  const { quick } = values;
  const chosen = choose(values.only.split(",").filter(Boolean), quick);
  if (values.write && chosen.isPart)
    throw new Error("--write records whole sections: name no cells and stacks in --only");
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  const seconds = Number(values.seconds ?? (quick ? 1.5 : 8));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds % 2 === 0)
    throw new Error("--rounds must be odd, so that there is a median");
  if (!(seconds >= 1)) throw new Error("--seconds must be at least 1");
  return {
    ...{ quick, rounds, ...chosen },
    sizes: {
      cells: { rounds, seconds, warmupSeconds: quick ? 0.5 : 2 },
      reads: { rounds, reads: quick ? 100 : 1_000, size: quick ? quickSize : fullSize },
      sockets: quick ? quickSockets : fullSockets,
      search: quick ? quickSearch : fullSearch,
      files: quick ? quickFiles : fullFiles,
    },
    accounts: quick ? 4 : Math.max(3, ...chosen.cells.map(({ senders }) => senders)),
    patience: quick ? quickPatience : fullPatience,
    vars: readVars(values.var),
    config: resolve(values.config),
    write: values.write,
    render: values.render,
    plain: values.plain,
    help: values.help,
  };
}

/** In a quick run, only the cells that have targets. */
const quickCells = new Set(["1000x4", "1000x64", "latency-100", "low-rate-1000"]);

const comparedStacks = ["parley", "socketio-pg"] as const satisfies StackName[];

function choose(
  names: string[],
  quick: boolean,
): Pick<Options, "sections" | "cells" | "stacks"> & { isPart: boolean } {
  const allStacks = Object.keys(stackTitles) as StackName[];
  const known = new Set<string>([...sectionNames, ...cells.map(({ name }) => name), ...allStacks]);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(", ")}`);
  const namedCells = cells.filter(({ name }) => names.includes(name));
  const isNamed = (name: SectionName): boolean =>
    names.includes(name) ||
    ((name === "throughput" || name === "latency") &&
      cellsOf[name].some((cell) => namedCells.includes(cell)));
  const isAnyNamed = sectionNames.some(isNamed);
  const sections = sectionNames.filter((name) => (isAnyNamed ? isNamed(name) : name !== "tests"));
  const measured = (["throughput", "latency"] as const).flatMap((name) => {
    if (!sections.includes(name)) return [];
    const named = cellsOf[name].filter((cell) => namedCells.includes(cell));
    if (named.length > 0) return named;
    return cellsOf[name].filter((cell) => !quick || quickCells.has(cell.name));
  });
  const namedStacks = allStacks.filter((name) => names.includes(name));
  const stacksOr = (usual: StackName[]): StackName[] => (namedStacks.length > 0 ? namedStacks : usual);
  return {
    ...{ sections, cells: measured },
    stacks: {
      throughput: stacksOr(quick ? [...comparedStacks] : [...comparedStacks, "ws-floor"]),
      latency: stacksOr(quick ? [...comparedStacks] : [...comparedStacks, "ws-floor", "workerd-floor"]),
      reads: stacksOr([...comparedStacks]).filter((name) => comparedStacks.some((one) => one === name)),
    },
    isPart: namedCells.length > 0 || namedStacks.length > 0,
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
