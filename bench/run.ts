/** `npm run bench`: starts every stack, lets them take turns under the same load, and says how they compare. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { type Cell, accountsNeeded, windowSeconds } from "./cells.ts";
import { document } from "./document.ts";
import { generate } from "./generator.ts";
import type { Job } from "./load/job.ts";
import { freeMachine, machine } from "./machine.ts";
import { helpText, readOptions } from "./options.ts";
import { parley } from "./parley/stack.ts";
import { socketioPg } from "./peers/socketio-pg/stack.ts";
import { wsFloor } from "./peers/ws-floor/stack.ts";
import { Progress } from "./progress.ts";
import { baseline, columnsOf, number, report, rowOf, table, verdictText } from "./report.ts";
import { type RunningStack, type Stack, Unavailable } from "./stack.ts";
import { type Run, disturbed, toRun } from "./summary.ts";

const stacks: readonly Stack[] = [parley, socketioPg, wsFloor];
const options = read();
if (options.help) {
  process.stdout.write(helpText(stacks));
  process.exit();
}

/** A wrong option is the caller's: said without a stack. */
function read(): ReturnType<typeof readOptions> {
  try {
    return readOptions(stacks);
  } catch (error) {
    console.error(`\n✗ ${(error as Error).message}\n\n  See --help.\n`);
    process.exit(2);
  }
}

const attempts = 3;
const progress = new Progress();
const running = new Map<Stack, RunningStack>();
const skipped: string[] = [];
const runs: Run[] = [];

const stopAll = (): Promise<unknown> =>
  Promise.allSettled([...running.values()].map((stack) => stack.stop()));
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));

// A reader that closes the pipe (`| head`) must not leave servers behind.
process.stdout.on("error", () => {});

async function startAll(): Promise<void> {
  for (const stack of options.stacks) {
    const tell = (text: string): void => progress.now(`${stack.name}: ${text}`);
    try {
      running.set(
        stack,
        await stack.start({
          accounts: accountsNeeded,
          config: options.config,
          vars: options.vars,
          progress: tell,
        }),
      );
      progress.done(`${stack.name}: started. ${running.get(stack)!.notes.join(" ")}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      skipped.push(`${stack.title}: ${error.message}`);
      progress.done(`${stack.name}: skipped, ${error.message}`);
    }
  }
}

/** Within a cell the stacks follow each other closely, and each round another goes first: noise that lasts hits all of them. */
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

/** A cell that something else on the machine disturbed is tried again; the void attempts stay on record. */
async function measure(stack: Stack, cell: Cell, round: number): Promise<void> {
  const label = `round ${round}/${options.rounds}  ${cell.name.padEnd(13)}  ${stack.name.padEnd(11)}`;
  const tell = (text: string): void => progress.now(`${label}  ${text}`);
  const { pids, openRoom } = running.get(stack)!;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    tell("waiting for the machine to be free");
    await freeMachine();
    tell("opening a room");
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
    const run = toRun(round, cell.name, stack.name, await generate(job, tell));
    runs.push(run);
    progress.done(`${label}  ${summaryLine(run)}`);
    if (!disturbed(run)) return;
  }
}

function summaryLine({ measurement, problems, void: reason }: Run): string {
  const trouble = problems.length > 0 ? `  WRONG: ${problems[0]}` : reason ? `  VOID: ${reason}` : "";
  if (!measurement) return trouble;
  const { deliveriesPerSecond, cpuMicrosPerDelivery, ackP50Ms, ackP99Ms, serverCores, generatorCores } =
    measurement;
  const figures = `${number(deliveriesPerSecond)} deliveries/s  ${number(cpuMicrosPerDelivery)} µs each  ack ${number(ackP50Ms)} / ${number(ackP99Ms)} ms`;
  return `${figures}  cores: server ${serverCores.toFixed(2)}, generator ${generatorCores.toFixed(2)}${trouble}`;
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: new URL("..", import.meta.url), encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function publish(): void {
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
    `\nTargets\n${table([["", "wanted", "measured", ""], ...found.verdicts.map(verdictText)])}\n`,
  );
  for (const incident of found.incidents) process.stdout.write(`\n${incident}`);

  const facts = {
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    commit: `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : ", with changes"}`,
    rounds: options.rounds,
    seconds: options.seconds,
    versions: Object.assign({}, ...[...running.values()].map(({ versions }) => versions)) as Record<
      string,
      string
    >,
    notes: [...running].flatMap(([{ title }, { notes }]) => notes.map((note) => `${title}: ${note}`)),
    skipped,
    titles: new Map(stacks.map(({ name, title }) => [name, title])),
  };
  mkdirSync(new URL("results", import.meta.url), { recursive: true });
  const file = `results/${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`;
  writeFileSync(
    new URL(file, import.meta.url),
    `${JSON.stringify({ ...facts, titles: undefined, verdicts: found.verdicts, runs }, null, 2)}\n`,
  );
  process.stdout.write(`\nAll figures: bench/${file}\n`);
  if (!options.write) return;
  mkdirSync(new URL("../docs", import.meta.url), { recursive: true });
  writeFileSync(new URL("../docs/bench.md", import.meta.url), document(facts, found));
  process.stdout.write("Written: docs/bench.md\n");
}

try {
  await startAll();
  await measureAll();
  publish();
} finally {
  await stopAll();
}
process.exitCode = runs.some(({ problems }) => problems.length > 0) ? 1 : 0;
