import { randomBytes } from "node:crypto";
import { inParallel } from "../../src/lib/parallel.ts";
import { freeMachine } from "../machine.ts";
import { startBenchWorker } from "../parley/bench-worker.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import type { RunningStack, StackOptions } from "../stack.ts";
import { median } from "../median.ts";
import { memoryOfUpload } from "./memory.ts";
import { type FilesCell, type FilesSize, megabyte } from "./plan.ts";
import { parleyServer, plainServer, type FileServer, startNodeServer } from "./file-server.ts";

/** In MB/s. */
export type Rates = { upload: number; download: number };

const serverNames = ["parley", "bare", "node"] as const;
export type ServerName = (typeof serverNames)[number];

export type FilesFigures = {
  rounds: number;
  cells: (FilesCell & Record<ServerName, Rates>)[];
  /** The largest growth of memory during one upload of 90 MB, in bytes, for each run. */
  memory: { parley: number; bare: number }[];
};

type Options = FilesSize & { rounds: number } & Pick<StackOptions, "config" | "vars">;

/** Measures Parley and the plain servers in turn, then the memory of an upload. @returns `null` if Parley does not run */
export async function measureFiles(
  running: Iterable<RunningStack>,
  { cells, memoryRuns, rounds, config, vars }: Options,
  status: StatusLine,
): Promise<FilesFigures | null> {
  const own = [...running].find(({ openFiles }) => openFiles);
  if (!own?.openFiles) return null;
  const showStatus = (text: string): void => status.update(`files  ${text}`);
  const body = randomBytes(Math.max(...cells.map(({ megabytes }) => megabytes)) * megabyte);
  // Bytes that match no known file type.
  body.fill(0xa5, 0, 64);
  const address = await own.openFiles();
  const node = await startNodeServer();
  const bare = await startBenchWorker("bare").catch(async (error: unknown) => {
    await node.stop();
    throw error;
  });
  const sides: Record<ServerName, (atOnce: number) => FileServer> = {
    parley: (atOnce) => parleyServer(address, atOnce),
    bare: (atOnce) => plainServer({ port: bare.port, headers: {} }, atOnce),
    node: (atOnce) => plainServer(node.address, atOnce),
  };
  const measured = cells.map((cell) => ({
    cell,
    parley: [] as Rates[],
    bare: [] as Rates[],
    node: [] as Rates[],
  }));
  try {
    for (let round = 1; round <= rounds; round++) {
      showStatus(`round ${round}/${rounds}: waiting for the machine to be free`);
      await freeMachine();
      for (const one of measured) {
        const { megabytes, atOnce } = one.cell;
        const label = `round ${round}/${rounds}  ${megabytes} MB, ${atOnce} at once`;
        const last: string[] = [];
        for (let turn = 0; turn < serverNames.length; turn++) {
          const name = serverNames[(turn + round - 1) % serverNames.length]!;
          showStatus(`${label}  ${name}`);
          const rates = await ratesOf(sides[name](atOnce), one.cell, body);
          one[name].push(rates);
          last.push(`${name} up ${rates.upload.toFixed(0)} down ${rates.download.toFixed(0)} MB/s`);
        }
        status.print(`files  ${label}  ${last.join(", ")}`);
      }
    }
  } finally {
    await Promise.all([node.stop(), bare.stop()]);
  }
  const memory: FilesFigures["memory"] = [];
  for (let run = 1; run <= memoryRuns; run++) {
    showStatus(`memory ${run}/${memoryRuns}`);
    const rise = await memoryOfUpload({ config, vars }, body);
    memory.push(rise);
    const inMegabytes = (bytes: number): string => (bytes / megabyte).toFixed(0);
    status.print(
      `files  memory ${run}/${memoryRuns}: ${inMegabytes(rise.parley)} MB, bare R2 ${inMegabytes(rise.bare)} MB`,
    );
  }
  const medians = (rates: Rates[]): Rates => ({
    upload: median(rates.map(({ upload }) => upload)),
    download: median(rates.map(({ download }) => download)),
  });
  return {
    rounds,
    cells: measured.map(({ cell, ...rates }) => ({
      ...cell,
      parley: medians(rates.parley),
      bare: medians(rates.bare),
      node: medians(rates.node),
    })),
    memory,
  };
}

/** Uploads all files, downloads them, and deletes them. */
async function ratesOf(
  side: FileServer,
  { megabytes, atOnce, files }: FilesCell,
  all: Buffer,
): Promise<Rates> {
  const body = all.subarray(0, megabytes * megabyte);
  const names: string[] = [];
  const rateOf = async (work: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await work();
    return (files * megabytes) / ((performance.now() - begun) / 1_000);
  };
  try {
    await side.remove(await side.put(body));
    const upload = await rateOf(() =>
      inParallel(Array.from({ length: files }), atOnce, async () => void names.push(await side.put(body))),
    );
    const download = await rateOf(() => inParallel(names, atOnce, (name) => side.get(name, body.byteLength)));
    for (const name of names) await side.remove(name);
    return { upload, download };
  } finally {
    side.close();
  }
}
