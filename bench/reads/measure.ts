import { cpuSeconds, measureOtherCores } from "../load/cpu.ts";
import { Series } from "../load/series.ts";
import { freeMachine } from "../machine.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import { type RunningStack, type Stack, type StackName, stackTitles } from "../stack.ts";
import { type Patience, repeatWhileVoid, voidReason } from "../validity.ts";
import { Reader } from "./http.ts";
import {
  expectedSeqs,
  expectedUnreads,
  type LiveSocket,
  pathOf,
  type ReaderName,
  readerNames,
  type ReadName,
  readNames,
  type ReadsSize,
  type ReadsTarget,
} from "./plan.ts";

export type ReadsRun = {
  round: number;
  read: ReadName;
  reader: ReaderName;
  stack: StackName;
  p50Ms: number;
  p99Ms: number;
  /** Server CPU for each read. */
  cpuMicros: number;
  /** Cores that all processes but the servers and this one used. */
  otherCores: number;
  /** What was wrong with a response, or with the socket. */
  problem: string | null;
  /** Why the run does not count. */
  void: string | null;
};

export type ReadsOptions = { rounds: number; reads: number; size: ReadsSize };

export type ReadsFigures = ReadsOptions & { runs: ReadsRun[]; notes: string[] };

type Filled = { target: ReadsTarget; socket: LiveSocket };

const warmUp = 50;

/** Fills each stack, then reads from them in turn, one request after the other on one connection. */
export async function measureReads(
  running: ReadonlyMap<Stack, RunningStack>,
  options: ReadsOptions,
  patience: Patience,
  status: StatusLine,
): Promise<ReadsFigures> {
  const { rounds, size } = options;
  const filled = new Map<Stack, Filled>();
  const notes: string[] = [];
  const runs: ReadsRun[] = [];
  try {
    for (const [stack, { openReads }] of running) {
      if (!openReads) continue;
      const target = await openReads(size, (text) => status.update(`reads  ${stack.name}: ${text}`));
      filled.set(stack, { target, socket: await target.openSocket() });
      notes.push(`${stackTitles[stack.name]}: ${target.note}`);
      status.print(`reads  ${stack.name}: ${target.note}`);
    }
    const stacks = [...filled.keys()];
    const reads = readNames.flatMap((read) => readerNames.map((reader) => ({ read, reader })));
    for (let round = 1; round <= rounds; round++)
      for (const { read, reader } of reads)
        for (let turn = 0; turn < stacks.length; turn++) {
          const stack = stacks[(turn + round - 1) % stacks.length]!;
          const label = `reads  round ${round}/${rounds}  ${read.padEnd(7)}  ${reader}  ${stack.name.padEnd(11)}`;
          const done = await repeatWhileVoid(patience, async () => {
            status.update(`${label}  waiting for the machine to be free`);
            await freeMachine(patience.idleWaitSeconds);
            status.update(label);
            const { pids } = running.get(stack)!;
            const run = await measureOne(filled.get(stack)!, { read, reader }, pids, options);
            status.print(`${label}  ${summaryOf(run)}`);
            return { round, read, reader, stack: stack.name, ...run };
          });
          runs.push(...done);
        }
  } finally {
    for (const { socket } of filled.values()) socket.end();
  }
  return { ...options, runs, notes };
}

type Measured = Omit<ReadsRun, "round" | "read" | "reader" | "stack">;

function summaryOf({ p50Ms, p99Ms, cpuMicros, problem, void: reason }: Measured): string {
  const trouble = problem ? `  WRONG: ${problem}` : reason ? `  VOID: ${reason}` : "";
  return `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms  ${cpuMicros.toFixed(0)} µs of CPU${trouble}`;
}

async function measureOne(
  { target, socket }: Filled,
  { read, reader: name }: Pick<ReadsRun, "read" | "reader">,
  pids: number[],
  { reads, size }: ReadsOptions,
): Promise<Measured> {
  const reader = new Reader({ ...target, token: target.tokens[name] });
  const path = (index: number): string => pathOf(read, target, size, index);
  try {
    const wrong = problemOf(read, JSON.parse(await reader.get(path(0))), target, size);
    for (let index = 0; index < warmUp; index++) await reader.get(path(index));
    const times = new Series();
    const before = cpuSeconds(pids);
    const measuredOthers = measureOtherCores(pids);
    for (let index = 0; index < reads; index++) {
      const begun = performance.now();
      await reader.get(path(index));
      times.push(performance.now() - begun);
    }
    const server = cpuSeconds(pids) - before;
    const otherCores = measuredOthers();
    const failure = socket.failure();
    const problem = wrong ?? (failure === null ? null : `the reader's socket: ${failure}`);
    return {
      p50Ms: times.percentile(0.5),
      p99Ms: times.percentile(0.99),
      cpuMicros: (server / reads) * 1e6,
      otherCores,
      problem,
      void: problem ?? voidReason({ otherCores }),
    };
  } finally {
    reader.close();
  }
}

/** Checks a response before it is timed; returns what is wrong with it, or `null`. */
function problemOf(read: ReadName, body: unknown, target: ReadsTarget, size: ReadsSize): string | null {
  const { channelId, shortChannelIds, firstSeq } = target;
  const filled = new Set([channelId, ...shortChannelIds]);
  const { items } = body as { items: { channelId: string; seq: number; unread: number }[] };
  const unreads = items.filter((item) => filled.has(item.channelId)).map(({ unread }) => unread);
  const [got, expected] =
    read === "unreads"
      ? [unreads.toSorted((a, b) => a - b), expectedUnreads(size)]
      : [items.map(({ seq }) => seq), expectedSeqs(read, firstSeq, size, 0)];
  return String(got) === String(expected) ? null : `${read} returned ${String(got).slice(0, 80)} …`;
}
