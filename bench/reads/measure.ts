import { cpuSeconds, machineCpuSeconds } from "../load/cpu.ts";
import { Series } from "../load/series.ts";
import { freeMachine } from "../machine.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import type { RunningStack, Stack, StackName } from "../stack.ts";
import { Reader } from "./http.ts";
import {
  expectedSeqs,
  expectedUnreads,
  type ReadName,
  readNames,
  type ReadsSize,
  type ReadsTarget,
} from "./plan.ts";

export type ReadsRun = {
  round: number;
  read: ReadName;
  stack: StackName;
  p50Ms: number;
  p99Ms: number;
  /** Server CPU for each read. */
  cpuMicros: number;
  /** Cores that all processes but the servers and this one used. */
  otherCores: number;
  problem: string | null;
};

export type ReadsOptions = { rounds: number; reads: number; size: ReadsSize };

const warmUp = 50;

/** Fills each stack, then reads from them in turn, one request after the other on one connection. */
export async function measureReads(
  running: ReadonlyMap<Stack, RunningStack>,
  { rounds, reads, size }: ReadsOptions,
  status: StatusLine,
): Promise<{ runs: ReadsRun[]; notes: string[] }> {
  const targets = new Map<Stack, ReadsTarget>();
  const notes: string[] = [];
  for (const [stack, { openReads }] of running) {
    if (!openReads) continue;
    const target = await openReads(size, (text) => status.update(`reads  ${stack.name}: ${text}`));
    targets.set(stack, target);
    notes.push(`${stack.title}: ${target.note}`);
    status.print(`reads  ${stack.name}: ${target.note}`);
  }
  const runs: ReadsRun[] = [];
  const names = [...targets.keys()];
  for (let round = 1; round <= rounds; round++) {
    for (const read of readNames) {
      for (let turn = 0; turn < names.length; turn++) {
        const stack = names[(turn + round - 1) % names.length]!;
        const label = `reads  round ${round}/${rounds}  ${read.padEnd(7)}  ${stack.name.padEnd(11)}`;
        status.update(`${label}  waiting for the machine to be free`);
        await freeMachine();
        status.update(label);
        const { pids } = running.get(stack)!;
        const figures = await measureOne(targets.get(stack)!, read, reads, pids, size);
        runs.push({ round, read, stack: stack.name, ...figures });
        const { p50Ms, p99Ms, problem } = figures;
        status.print(
          `${label}  ${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms${problem ? `  WRONG: ${problem}` : ""}`,
        );
      }
    }
  }
  return { runs, notes };
}

async function measureOne(
  target: ReadsTarget,
  read: ReadName,
  reads: number,
  pids: number[],
  size: ReadsSize,
): Promise<Omit<ReadsRun, "round" | "read" | "stack">> {
  const reader = new Reader(target);
  const path = target.paths[read];
  try {
    const problem = problemOf(read, JSON.parse(await reader.get(path)), target, size);
    for (let index = 0; index < warmUp; index++) await reader.get(path);
    const times = new Series();
    const self = process.cpuUsage();
    const before = { server: cpuSeconds(pids), all: machineCpuSeconds(), at: performance.now() };
    for (let index = 0; index < reads; index++) {
      const begun = performance.now();
      await reader.get(path);
      times.push(performance.now() - begun);
    }
    const server = cpuSeconds(pids) - before.server;
    const { user, system } = process.cpuUsage(self);
    const others = machineCpuSeconds() - before.all - server - (user + system) / 1e6;
    return {
      p50Ms: times.percentile(0.5),
      p99Ms: times.percentile(0.99),
      cpuMicros: (server / reads) * 1e6,
      otherCores: Math.max(0, others) / ((performance.now() - before.at) / 1_000),
      problem,
    };
  } finally {
    reader.close();
  }
}

/** Checks a response before it is timed; returns what is wrong with it, or `null`. */
function problemOf(read: ReadName, body: unknown, { firstSeq }: ReadsTarget, size: ReadsSize): string | null {
  const { items } = body as { items: { seq: number; unread: number }[] };
  const [got, expected] =
    read === "unreads"
      ? [items.map(({ unread }) => unread).toSorted((a, b) => a - b), expectedUnreads(size)]
      : [items.map(({ seq }) => seq), expectedSeqs(read, firstSeq, size)];
  return String(got) === String(expected) ? null : `${read} returned ${String(got).slice(0, 80)} …`;
}
