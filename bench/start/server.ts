import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, machineCpuSeconds, ownCpuSeconds } from "../load/cpu.ts";
import { freePort } from "../../scripts/support/free-port.ts";
import { commandOf, type Starter } from "./plan.ts";

const limitSeconds = 180;
const pollMs = 25;

export type StartedServer = {
  port: number;
  /** From the start of the command to the first answer with status 200. */
  seconds: number;
  /** Cores that all processes but the server used meanwhile. */
  otherCores: number;
  /** Ends all its processes by SIGKILL. */
  kill(): Promise<void>;
};

/** Starts a server by its command, and waits until `/v1/health` answers with 200. */
export async function startServer(starter: Starter, directory: string): Promise<StartedServer> {
  const port = await freePort();
  const [command, ...args] = commandOf(starter, port);
  const before = { all: machineCpuSeconds(), own: ownCpuSeconds(), at: performance.now() };
  const child = spawn(command, args, {
    cwd: directory,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // its own process group, so that one signal ends all its processes
  });
  const end = (): void => killGroup(child);
  process.once("exit", end);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once("close", resolve));
    const isRunning = child.exitCode === null && child.signalCode === null;
    killGroup(child);
    if (isRunning) await ended;
    process.off("exit", end);
  };
  try {
    while (!(await isHealthy(port))) {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}:\n${output}`);
      if (performance.now() - before.at > limitSeconds * 1_000)
        throw new Error(`${command} did not answer within ${limitSeconds} s:\n${output}`);
      await sleep(pollMs);
    }
  } catch (error) {
    await kill();
    throw error;
  }
  const seconds = (performance.now() - before.at) / 1_000;
  const others = machineCpuSeconds() - before.all - (ownCpuSeconds() - before.own) - cpuSeconds([child.pid!]);
  return { port, seconds, otherCores: Math.max(0, others) / seconds, kill };
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // All its processes have ended.
  }
}

/** What a shell passes on, without the variables of the `npm run` that started the benchmark. */
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  LANG: process.env["LANG"],
  TMPDIR: process.env["TMPDIR"],
  // Without a request to the internet, which would make the time depend on the network.
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
});

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://localhost:${port}/v1/health`, {
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
