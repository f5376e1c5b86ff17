import type { StatusLine } from "../../scripts/support/progress.ts";
import { formatNumber } from "../format.ts";
import type { Job } from "../load/job.ts";
import { freeMachine } from "../machine.ts";
import type { RunningStack, Stack } from "../stack.ts";
import { type Patience, repeatWhileVoid } from "../validity.ts";
import { type Cell, windowSeconds } from "./cells.ts";
import { generate } from "./generator.ts";
import { type Run, toRun } from "./summary.ts";

export type CellsOptions = {
  rounds: number;
  /** The length of a measured window; `windowSeconds` extends it for cells with a fixed rate. */
  seconds: number;
  warmupSeconds: number;
};

export type CellsFigures = CellsOptions & { runs: Run[] };

/** Measures the stacks of a cell directly after each other, in another order in each round, so that lasting noise affects all of them. */
export async function measureCells(
  running: ReadonlyMap<Stack, RunningStack>,
  cells: readonly Cell[],
  options: CellsOptions,
  patience: Patience,
  status: StatusLine,
): Promise<CellsFigures> {
  const stacks = [...running.keys()];
  const runs: Run[] = [];
  for (let round = 1; round <= options.rounds; round++)
    for (const cell of cells)
      for (let turn = 0; turn < stacks.length; turn++) {
        const stack = stacks[(turn + round - 1) % stacks.length]!;
        const label = `round ${round}/${options.rounds}  ${cell.name.padEnd(13)}  ${stack.name.padEnd(11)}`;
        const done = await repeatWhileVoid(patience, async (attempt) => {
          const showStatus = (text: string): void => status.update(`${label}  ${text}`);
          showStatus("waiting for the machine to be free");
          await freeMachine(patience.idleWaitSeconds);
          showStatus("opening a room");
          const { pids, openRoom } = running.get(stack)!;
          const room = await openRoom(`bench-${cell.name}-${round}-${attempt}`);
          const job = jobOf(cell, options, pids, room);
          const run = toRun(round, cell.name, stack.name, await generate(job, showStatus));
          status.print(`${label}  ${summaryLine(run)}`);
          return run;
        });
        runs.push(...done);
      }
  return { ...options, runs };
}

const jobOf = (
  cell: Cell,
  { seconds, warmupSeconds }: CellsOptions,
  serverPids: number[],
  room: Awaited<ReturnType<RunningStack["openRoom"]>>,
): Job => ({
  ...room,
  sockets: cell.sockets,
  senders: cell.senders,
  pace: cell.pace,
  warmupMs: warmupSeconds * 1_000,
  windowMs: windowSeconds(cell, seconds) * 1_000,
  serverPids,
});

function summaryLine({ measurement, problems, void: reason }: Run): string {
  const trouble = problems.length > 0 ? `  WRONG: ${problems[0]}` : reason ? `  VOID: ${reason}` : "";
  if (!measurement) return trouble;
  const { deliveriesPerSecond, cpuMicrosPerDelivery, ackP50Ms, ackP99Ms, serverCores, generatorCores } =
    measurement;
  const figures = `${formatNumber(deliveriesPerSecond)} deliveries/s  ${formatNumber(cpuMicrosPerDelivery)} µs each  ack ${formatNumber(ackP50Ms)} / ${formatNumber(ackP99Ms)} ms`;
  return `${figures}  cores: server ${serverCores.toFixed(2)}, generator ${generatorCores.toFixed(2)}${trouble}`;
}
