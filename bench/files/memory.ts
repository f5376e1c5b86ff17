import { anonymousBytes } from "../load/memory.ts";
import { treeOf } from "../load/processes.ts";
import { startBenchWorker } from "../parley/bench-worker.ts";
import { parley } from "../parley/stack.ts";
import type { StackOptions } from "../stack.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { FilesClient, type FilesAddress } from "./client.ts";
import { megabyte, memoryMegabytes } from "./plan.ts";
import { parleyServer } from "./file-server.ts";

const sampleMs = 4;

/** Returns the largest growth of the processes' private memory while the work runs, in bytes. */
async function peakGrowth(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const all = treeOf(pids).map(({ pid }) => pid);
  const privateMemory = (): number => all.reduce((sum, pid) => sum + anonymousBytes(pid), 0);
  await sleep(1_000);
  const before = privateMemory();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, privateMemory())), sampleMs);
  try {
    await work();
    peak = Math.max(peak, privateMemory());
  } finally {
    clearInterval(sampler);
  }
  return peak - before;
}

/** Measures the memory that one large upload adds, in bytes, each in new processes after one small upload. */
export async function memoryOfUpload(
  options: Pick<StackOptions, "config" | "vars">,
  body: Buffer,
): Promise<{ parley: number; bare: number }> {
  const small = body.subarray(0, megabyte);
  const large = body.subarray(0, memoryMegabytes * megabyte);
  const stack = await parley.start({ ...options, accounts: 2, progress: () => {} });
  let ours: number;
  try {
    const side = parleyServer(await stack.openFiles!(), 1);
    await side.put(small);
    ours = await peakGrowth(stack.pids, () => side.put(large));
    side.close();
  } finally {
    await stack.stop();
  }
  const worker = await startBenchWorker("bare");
  try {
    const address: FilesAddress = { port: worker.port, headers: {} };
    const client = new FilesClient(address, 1);
    await client.send("PUT", "/small", small);
    const bare = await peakGrowth([worker.pid], () => client.send("PUT", "/large", large));
    client.close();
    return { parley: ours, bare };
  } finally {
    await worker.stop();
  }
}
