/** `npm run bench`: starts every stack, puts them under the same load in turn, and compares the figures. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Cell, accountsNeeded, windowSeconds } from "./cells.ts";
import { document, type Facts as DocumentFacts, markdown } from "./document.ts";
import { type FilesFigures, measureFiles } from "./files/measure.ts";
import { filesTables } from "./files/report.ts";
import { filesText } from "./files/section.ts";
import { generate } from "./generator.ts";
import type { Job } from "./load/job.ts";
import { freeMachine, machine } from "./machine.ts";
import { helpText, readOptions } from "./options.ts";
import { parley } from "./parley/stack.ts";
import { socketioPg } from "./peers/socketio-pg/stack.ts";
import { wsFloor } from "./peers/ws-floor/stack.ts";
import { elapsedTime, StatusLine } from "../scripts/support/progress.ts";
import { measureReads, type ReadsFigures } from "./reads/measure.ts";
import { readsTables } from "./reads/report.ts";
import { sectionText } from "./reads/section.ts";
import {
  baseline,
  columnsOf,
  formatNumber,
  type Report,
  report,
  rowOf,
  table,
  verdictText,
} from "./report.ts";
import { measureSearch, type SearchFigures } from "./search/measure.ts";
import { searchTables } from "./search/report.ts";
import { searchText } from "./search/section.ts";
import { type SectionName, sectionHeadings, sectionIn, withSection } from "./section.ts";
import { measureSockets, type SocketsFigures } from "./sockets/measure.ts";
import { socketsTables } from "./sockets/report.ts";
import { socketsText } from "./sockets/section.ts";
import { type RunningStack, type Stack, type StackName, Unavailable } from "./stack.ts";
import { type Run, wasDisturbed, toRun } from "./summary.ts";

const stacks: readonly Stack[] = [parley, socketioPg, wsFloor];
const options = read();
if (options.help) {
  process.stdout.write(helpText(stacks));
  process.exit();
}

/** Reads the options; a wrong one ends the process with a message and without a stack trace. */
function read(): ReturnType<typeof readOptions> {
  try {
    return readOptions(stacks);
  } catch (error) {
    console.error(`\n✗ ${(error as Error).message}\n\n  See --help.\n`);
    process.exit(2);
  }
}

const attempts = 3;
const status = new StatusLine(process.stderr, elapsedTime());
const running = new Map<Stack, RunningStack>();
const skipped: string[] = [];
const runs: Run[] = [];
let wrongReads = false;

const stopAll = (): Promise<unknown> =>
  Promise.allSettled([...running.values()].map((stack) => stack.stop()));
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));

// A reader that closes the pipe (`| head`) must not leave servers behind.
process.stdout.on("error", () => {});

async function startAll(): Promise<void> {
  for (const stack of options.stacks) {
    const showStatus = (text: string): void => status.update(`${stack.name}: ${text}`);
    try {
      running.set(
        stack,
        await stack.start({
          // Other sections need a writer and two readers; a cell has more senders.
          accounts: options.cells.length > 0 ? accountsNeeded : 3,
          config: options.config,
          vars: options.vars,
          progress: showStatus,
        }),
      );
      status.print(`${stack.name}: started. ${running.get(stack)!.notes.join(" ")}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      skipped.push(`${stack.title}: ${error.message}`);
      status.print(`${stack.name}: skipped, ${error.message}`);
    }
  }
}

/** Measures the stacks of a cell directly after each other, in another order in each round, so that lasting noise affects all of them. */
async function measureAll(): Promise<void> {
  const names = [...running.keys()];
  for (let round = 1; round <= options.rounds; round++) {
    for (const cell of options.cells) {
      for (let turn = 0; turn < names.length; turn++) {
        const stack = names[(turn + round - 1) % names.length]!;
        await measure(stack, cell, round);
      }
    }
  }
}

/** Measures one cell; repeats it if other processes on the machine disturbed it. The void attempts stay in the results. */
async function measure(stack: Stack, cell: Cell, round: number): Promise<void> {
  const label = `round ${round}/${options.rounds}  ${cell.name.padEnd(13)}  ${stack.name.padEnd(11)}`;
  const showStatus = (text: string): void => status.update(`${label}  ${text}`);
  const { pids, openRoom } = running.get(stack)!;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    showStatus("waiting for the machine to be free");
    await freeMachine();
    showStatus("opening a room");
    const room = await openRoom(`bench-${cell.name}-${round}-${attempt}`);
    const { sockets, senders, pace } = cell;
    const job: Job = {
      ...room,
      sockets,
      senders,
      pace,
      warmupMs: 2_000,
      windowMs: windowSeconds(cell, options.seconds) * 1_000,
      serverPids: pids,
    };
    const run = toRun(round, cell.name, stack.name, await generate(job, showStatus));
    runs.push(run);
    status.print(`${label}  ${summaryLine(run)}`);
    if (!wasDisturbed(run)) return;
  }
}

function summaryLine({ measurement, problems, void: reason }: Run): string {
  const trouble = problems.length > 0 ? `  WRONG: ${problems[0]}` : reason ? `  VOID: ${reason}` : "";
  if (!measurement) return trouble;
  const { deliveriesPerSecond, cpuMicrosPerDelivery, ackP50Ms, ackP99Ms, serverCores, generatorCores } =
    measurement;
  const figures = `${formatNumber(deliveriesPerSecond)} deliveries/s  ${formatNumber(cpuMicrosPerDelivery)} µs each  ack ${formatNumber(ackP50Ms)} / ${formatNumber(ackP99Ms)} ms`;
  return `${figures}  cores: server ${serverCores.toFixed(2)}, generator ${generatorCores.toFixed(2)}${trouble}`;
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: new URL("..", import.meta.url), encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

type Facts = Pick<DocumentFacts, "date" | "commit"> & { titles: Map<StackName, string> };

type Measured = {
  reads: ReadsFigures | null;
  sockets: SocketsFigures | null;
  search: SearchFigures | null;
  files: FilesFigures | null;
};

function publish({ reads, sockets, search, files }: Measured): void {
  const titles = new Map(stacks.map(({ name, title }) => [name, title]));
  const commit = `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : ", with changes"}`;
  const facts: Facts = { date: new Date().toISOString().slice(0, 10), commit, titles };
  const measured = { rounds: options.rounds, seconds: options.seconds, machine: machine() };
  const versions = Object.assign({}, ...[...running.values()].map((stack) => stack.versions)) as Record<
    string,
    string
  >;
  const notes = [...running].flatMap(([{ title }, stack]) => stack.notes.map((note) => `${title}: ${note}`));

  const found = options.cells.length > 0 ? showCells() : null;
  const shown = { date: facts.date, commit: facts.commit };
  const sections: Record<SectionName, string | null> = {
    reads: reads && showReads(reads, facts),
    sockets: sockets && socketsText({ ...shown, tables: show(socketsTables(sockets, facts.titles)) }),
    search: search && searchText({ ...shown, tables: show(searchTables(search)) }, search),
    files: files && filesText({ ...shown, tables: show(filesTables(files)) }, files),
  };
  mkdirSync(new URL("results", import.meta.url), { recursive: true });
  const file = `results/${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`;
  const { date } = facts;
  const figures = { date, commit, ...measured, versions, notes, skipped, verdicts: found?.verdicts, runs };
  writeFileSync(
    new URL(file, import.meta.url),
    `${JSON.stringify({ ...figures, reads: reads?.runs, sockets, search, files }, null, 2)}\n`,
  );
  process.stdout.write(`\nAll figures: bench/${file}\n`);
  if (!options.write) return;
  const docs = new URL("../docs/", import.meta.url);
  mkdirSync(docs, { recursive: true });
  const before = readBefore(new URL("bench.md", docs));
  const whole = found ? document({ ...facts, ...measured, versions, notes, skipped }, found) : before;
  const written = Object.entries(sectionHeadings).reduce((text, [name, heading]) => {
    const section = sections[name as SectionName] ?? sectionIn(before, heading);
    return section === null ? text : withSection(text, heading, section);
  }, whole);
  writeFileSync(new URL("bench.md", docs), written);
  process.stdout.write("Written: docs/bench.md\n");
}

function readBefore(file: URL): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function showCells(): Report {
  const names = [...running.keys()];
  const found = report(
    options.cells,
    names.map(({ name }) => name),
    runs,
  );
  for (const { cell, byStack } of found.summaries) {
    const rows = names.map(({ name, title }) => rowOf(cell, title, byStack.get(name), byStack.get(baseline)));
    process.stdout.write(`\n${cell.title}\n${table([columnsOf(cell), ...rows])}\n`);
  }
  process.stdout.write(
    `\nTargets\n${table([["", "target", "measured", ""], ...found.verdicts.map(verdictText)])}\n`,
  );
  for (const incident of found.incidents) process.stdout.write(`\n${incident}`);
  return found;
}

/** Prints the reads that were measured, and returns them as a section of the document. */
function showReads({ runs: done, notes, size, reads }: ReadsFigures, { titles, ...facts }: Facts): string {
  const tables = show(readsTables({ runs: done, size }, titles));
  const others = Math.max(...done.map(({ otherCores }) => otherCores));
  return sectionText({
    ...facts,
    rounds: options.rounds,
    reads,
    notes: [...notes, `Other processes on the machine used at most ${others.toFixed(2)} of a core.`],
    tables,
    problems: done.flatMap(({ problem, stack, round }) =>
      problem === null ? [] : [`${stack}, round ${round}: ${problem}`],
    ),
  });
}

/** Prints tables, and returns them as Markdown. */
const show = (tables: { title: string; rows: string[][] }[]): { title: string; table: string }[] =>
  tables.map(({ title, rows }) => {
    process.stdout.write(`\n${title}\n${table(rows)}\n`);
    return { title, table: markdown(rows) };
  });

/** Measures the sections one after the other. Search is last, when all other servers have stopped. */
async function measureSections(): Promise<Measured> {
  const { rounds, config, vars, reads, sockets, search, files } = options;
  const measured: Measured = {
    reads: reads && (await measureReads(running, { rounds, ...reads }, status)),
    sockets: sockets && (await measureSockets(running, sockets, status)),
    files: files && (await measureFiles(running.values(), { rounds, config, vars, ...files }, status)),
    search: null,
  };
  if (!search) return measured;
  await stopAll();
  return { ...measured, search: await searchOrSkip({ rounds, ...search }) };
}

async function searchOrSkip(size: Parameters<typeof measureSearch>[0]): Promise<SearchFigures | null> {
  try {
    return await measureSearch(size, status);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    skipped.push(`Search: ${error.message}`);
    status.print(`search: skipped, ${error.message}`);
    return null;
  }
}

try {
  await startAll();
  await measureAll();
  const measured = await measureSections();
  publish(measured);
  wrongReads = measured.reads?.runs.some(({ problem }) => problem !== null) ?? false;
} finally {
  await stopAll();
}
process.exitCode = wrongReads || runs.some(({ problems }) => problems.length > 0) ? 1 : 0;
