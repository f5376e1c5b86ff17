/** `npm run bench`: starts every stack, puts them under the same load in turn, and compares the figures. */
import { execFileSync } from "node:child_process";
import { elapsedTime, StatusLine } from "../scripts/support/progress.ts";
import { processorGoals, sectionTexts } from "./document.ts";
import { measureFiles } from "./files/measure.ts";
import { table } from "./format.ts";
import { machine, runtimeVersions } from "./machine.ts";
import { cellsOf } from "./messages/cells.ts";
import { measureCells } from "./messages/measure.ts";
import { helpText, type Options, readOptions } from "./options.ts";
import { parley } from "./parley/stack.ts";
import { socketioPg } from "./peers/socketio-pg/stack.ts";
import { workerdFloor } from "./peers/workerd-floor/stack.ts";
import { wsFloor } from "./peers/ws-floor/stack.ts";
import { keepRun, record, render } from "./publish.ts";
import { measureReads } from "./reads/measure.ts";
import type { Figures, Provenance, Results } from "./results.ts";
import { estimate, Schedule, timeLeft } from "./schedule.ts";
import { measureSearch } from "./search/measure.ts";
import type { SectionName } from "./section.ts";
import { measureSockets } from "./sockets/measure.ts";
import { type RunningStack, type Stack, type StackName, stackTitles, Unavailable } from "./stack.ts";
import { measureStarts } from "./start/measure.ts";
import { judge, verdictColumns, verdictRow } from "./targets.ts";
import { measureTests } from "./tests/measure.ts";
import { wrongResults } from "./wrong-results.ts";

const stacks: Record<StackName, Stack> = {
  parley,
  "socketio-pg": socketioPg,
  "ws-floor": wsFloor,
  "workerd-floor": workerdFloor,
};
const options = read();
if (options.help) {
  process.stdout.write(helpText);
  process.exit();
}
if (options.render) {
  process.stdout.write(`Written: ${render().join(", ")}\n`);
  process.exit();
}

/** Reads the options; a wrong one ends the process with a message and without a stack trace. */
function read(): Options {
  try {
    return readOptions();
  } catch (error) {
    console.error(`\n✗ ${(error as Error).message}\n\n  See --help.\n`);
    process.exit(2);
  }
}

const schedule = new Schedule(new Map(options.sections.map((name) => [name, estimate(name, options)])));
const elapsed = elapsedTime();
const status = new StatusLine(
  process.stderr,
  () => `${elapsed().trim()}, ${timeLeft(schedule.secondsLeft())}  `,
);
const running = new Map<Stack, RunningStack>();
const versions: Record<string, string> = runtimeVersions();
const notes: string[] = [];
const skipped: string[] = [];

const stopAll = async (): Promise<void> => {
  await Promise.allSettled([...running.values()].map((stack) => stack.stop()));
  running.clear();
};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));

// A reader that closes the pipe (`| head`) must not leave servers behind.
process.stdout.on("error", () => {});

/** The stacks that a section needs while it is measured. */
const stacksOf: Record<SectionName, readonly StackName[]> = {
  ...options.stacks,
  sockets: ["parley"],
  files: ["parley"],
  search: [],
  start: [],
  tests: [],
};

/** Starts the stacks of a section that do not run yet. A peer that does not start is skipped in all sections. */
async function startStacks(names: readonly StackName[]): Promise<void> {
  for (const name of names) {
    const stack = stacks[name];
    if (running.has(stack) || unavailable.has(name)) continue;
    try {
      const started = await stack.start({
        accounts: options.accounts,
        config: options.config,
        vars: options.vars,
        plain: options.plain,
        progress: (text) => status.update(`${name}: ${text}`),
      });
      running.set(stack, started);
      Object.assign(versions, started.versions);
      notes.push(...started.notes.map((note) => `${stackTitles[name]}: ${note}`));
      status.print(`${name}: started`);
    } catch (error) {
      if (name === "parley") throw error;
      unavailable.add(name);
      skip(stackTitles[name], error);
    }
  }
}
const unavailable = new Set<StackName>();

function skip(what: string, error: unknown): void {
  const reason = error instanceof Unavailable ? error.message : String(error);
  skipped.push(`${what}: ${reason}`);
  status.print(`✗ ${what} is not measured: ${reason}`);
}

const { rounds, sizes, patience, config, vars } = options;
const inSection = (name: "throughput" | "latency") =>
  options.cells.filter((cell) => cellsOf[name].includes(cell));
const runningFor = (name: SectionName): Map<Stack, RunningStack> =>
  new Map([...running].filter(([stack]) => stacksOf[name].includes(stack.name)));

const measure: { [Name in SectionName]: () => Promise<Figures[Name] | null> } = {
  throughput: () =>
    measureCells(runningFor("throughput"), inSection("throughput"), sizes.cells, patience, status),
  latency: () => measureCells(runningFor("latency"), inSection("latency"), sizes.cells, patience, status),
  reads: () => measureReads(runningFor("reads"), sizes.reads, patience, status),
  sockets: () => measureSockets(running, { ...sizes.sockets, rounds }, { config, vars, patience }, status),
  files: () => measureFiles(running.values(), { rounds, config, vars, ...sizes.files }, status),
  search: () => measureSearch({ rounds, ...sizes.search }, patience, status),
  start: () => measureStarts({ rounds }, patience, status),
  tests: () => measureTests(status),
};

async function measureAll(): Promise<Results> {
  const results: Results = {};
  for (const name of options.sections) {
    schedule.begin(name);
    // Nothing else runs beside a section that starts its own servers.
    if (stacksOf[name].length === 0) await stopAll();
    await startStacks(stacksOf[name]);
    const figures = await measureOrSkip(name);
    schedule.end();
    if (figures) Object.assign(results, { [name]: { ...provenance(name), figures } });
  }
  return results;
}

async function measureOrSkip(name: SectionName): Promise<Figures[SectionName] | null> {
  try {
    return await measure[name]();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    skip(name, error);
    return null;
  }
}

function provenance(name: SectionName): Provenance {
  // Not the files that an earlier run generated.
  const isChanged = git("status", "--porcelain", "--", ".", ":!docs/bench*", ":!README.md") !== "";
  const titles = stacksOf[name].map((stack) => stackTitles[stack]);
  const about = (text: string): boolean => titles.some((title) => text.startsWith(`${title}:`));
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: `${git("rev-parse", "--short", "HEAD")}${isChanged ? ", with changes" : ""}`,
    quick: options.quick,
    machine: machine(),
    versions: { ...versions },
    notes: notes.filter(about),
    skipped: skipped.filter(about),
  };
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: new URL("..", import.meta.url), encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

let results: Results;
try {
  results = await measureAll();
} finally {
  await stopAll();
}
for (const text of sectionTexts(results).values()) process.stdout.write(`\n${text}\n`);
const verdicts = judge(results).filter(({ section }) => results[section]);
process.stdout.write(
  `\nTargets. ${processorGoals(results)}\n${table([verdictColumns, ...verdicts.map(verdictRow)])}\n`,
);
process.stdout.write(`\nAll figures: ${keepRun(results)}\n`);
if (options.write) {
  for (const text of record(results)) console.error(`✗ not recorded: ${text}`);
  process.stdout.write(`Written: docs/bench/results.json, ${render().join(", ")}\n`);
}
for (const text of skipped) console.error(`✗ not measured: ${text}`);
const wrong = wrongResults(results);
for (const text of wrong) console.error(`✗ ${text}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
