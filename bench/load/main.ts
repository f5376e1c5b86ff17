/** The load generator, a separate process, so that its CPU time is not the server's. Receives one `Job` by IPC and returns a `Measurement`. */
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, machineCpuSeconds } from "./cpu.ts";
import type { FromGenerator, Job, Measurement } from "./job.ts";
import { Ledger } from "./ledger.ts";
import { Member, type Role } from "./member.ts";
import { Traffic } from "./traffic.ts";
import { compareMembers, deliveriesBetween, deliveryLatencies, readStream } from "./verify.ts";
import { type Wire, wireOf } from "./wire.ts";

const report = (message: FromGenerator): void => void process.send!(message);
const progress = (text: string): void => report({ type: "progress", text });

const maxParallelJoins = 32;
const keepAliveMs = 20_000;
const drainMs = 30_000;
const settleMs = 120_000;

function roleOf(index: number, { senders, sockets }: Job): Role {
  return index < senders ? "sends" : index === sockets - 1 ? "verifies" : "counts";
}

async function joinAll(job: Job, wire: Wire, ledger: Ledger): Promise<Member[]> {
  const members: Member[] = [];
  let next = 0;
  const timeArrivals = job.pace.kind === "open";
  const worker = async (): Promise<void> => {
    while (next < job.sockets) {
      const index = next++;
      const { token } = job.identities[index % job.identities.length]!;
      members[index] = await Member.join(job, token, wire, roleOf(index, job), timeArrivals, (reason) =>
        ledger.addProblem(`a socket was lost: ${reason}`),
      );
      if (next % 100 === 0) progress(`joining ${next}/${job.sockets}`);
    }
  };
  await Promise.all(Array.from({ length: maxParallelJoins }, worker));
  return members;
}

/** Waits until no frame has arrived for `forMs`, for at most `limitMs`. @returns whether that happened */
async function waitForSilence(members: readonly Member[], forMs: number, limitMs: number): Promise<boolean> {
  const limit = performance.now() + limitMs;
  while (performance.now() < limit) {
    await sleep(50);
    if (members.every(({ lastFrameMs }) => performance.now() - lastFrameMs > forMs)) return true;
  }
  return false;
}

/** Waits until the server uses less than 3 % of a core. @returns its CPU seconds by then, and how long that took */
async function waitForIdleServer(
  pids: readonly number[],
  since: number,
): Promise<{ cpu: number; seconds: number }> {
  let before = cpuSeconds(pids);
  for (;;) {
    const started = performance.now();
    await sleep(500);
    const cpu = cpuSeconds(pids);
    const isIdle = (cpu - before) / ((performance.now() - started) / 1_000) < 0.03;
    if (isIdle || performance.now() - since > settleMs)
      return { cpu, seconds: Math.max(0, started - since) / 1_000 };
    progress("waiting for the server to become idle");
    before = cpu;
  }
}

const snapshot = (job: Job, members: readonly Member[]) => ({
  atMs: performance.now(),
  positions: members.map(({ position }) => position),
  /** Of the verifier, which receives only events. */
  frames: members.at(-1)!.frames,
  bytes: members.at(-1)!.bytes,
  serverCpu: cpuSeconds(job.serverPids),
  ownCpu: cpuSeconds([process.pid]),
  machineCpu: machineCpuSeconds(),
});

async function measure(job: Job): Promise<Measurement> {
  const wire = wireOf(job);
  const ledger = new Ledger();
  const members = await joinAll(job, wire, ledger);
  // The server may still be broadcasting the joins, and finishing deferred work of an earlier cell.
  if (!(await waitForSilence(members, 500, drainMs)))
    ledger.addProblem("the room did not become quiet before the start");
  await waitForIdleServer(job.serverPids, performance.now());
  for (const member of members) member.startCounting();
  const { keepAlive } = wire;
  const alive =
    keepAlive === undefined
      ? undefined
      : setInterval(() => members.forEach((member) => member.send(keepAlive)), keepAliveMs);

  const traffic = new Traffic(job, wire, members.slice(0, job.senders), ledger);
  traffic.start();
  progress("warming up");
  await sleep(job.warmupMs);
  const start = snapshot(job, members);
  progress("measuring");
  await sleep(job.windowMs);
  const end = snapshot(job, members);
  traffic.stop();

  if (!(await waitForSilence(members, 500, drainMs)))
    ledger.addProblem("frames still arrived long after the last message");
  if (ledger.acked !== ledger.sent)
    ledger.addProblem(`${ledger.sent - ledger.acked} of ${ledger.sent} messages were never acknowledged`);
  const lastFrameMs = Math.max(...members.map((member) => member.lastFrameMs));
  const rest = await waitForIdleServer(job.serverPids, lastFrameMs);
  clearInterval(alive);

  const stream = readStream(members.at(-1)!, wire, ledger);
  compareMembers(members, stream, ledger);
  const seconds = (end.atMs - start.atMs) / 1_000;
  const cores = (figure: "serverCpu" | "ownCpu" | "machineCpu"): number =>
    (end[figure] - start[figure]) / seconds;
  const deliveries = deliveriesBetween(stream, start.positions, end.positions);
  const messages = deliveriesBetween(stream, [start.positions.at(-1)!], [end.positions.at(-1)!]);
  const allDeliveries = deliveriesBetween(
    stream,
    start.positions,
    members.map(({ position }) => position),
  );
  const acks = ledger.ackLatencies(start.atMs, end.atMs);
  const arrivals =
    job.pace.kind === "open" ? deliveryLatencies(members, stream, ledger, start.atMs, end.atMs) : null;
  for (const member of members) member.end();
  return {
    windowSeconds: seconds,
    messages,
    deliveries,
    deliveriesPerSecond: deliveries / seconds,
    bytesPerDelivery: (end.bytes - start.bytes) / messages,
    eventsPerFrame: messages / (end.frames - start.frames),
    cpuMicrosPerDelivery: ((rest.cpu - start.serverCpu) * 1e6) / allDeliveries,
    serverCores: cores("serverCpu"),
    settleSeconds: rest.seconds,
    ackP50Ms: acks.percentile(0.5),
    ackP99Ms: acks.percentile(0.99),
    deliveryP50Ms: arrivals?.percentile(0.5) ?? null,
    deliveryP99Ms: arrivals?.percentile(0.99) ?? null,
    generatorCores: cores("ownCpu"),
    otherCores: cores("machineCpu") - cores("serverCpu") - cores("ownCpu"),
    acked: ledger.acked,
    problems: ledger.problems,
  };
}

process.once("disconnect", () => process.exit(1));
process.once("uncaughtException", (error) =>
  process.send!({ type: "failed", reason: String(error) } satisfies FromGenerator, () => process.exit(1)),
);
process.once("message", (job: Job) => {
  measure(job).then(
    (measurement) =>
      process.send!({ type: "result", measurement } satisfies FromGenerator, () => process.exit(0)),
    (error: Error) =>
      process.send!({ type: "failed", reason: error.message } satisfies FromGenerator, () => process.exit(1)),
  );
});
