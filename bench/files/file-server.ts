import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startProcess, stopProcess } from "../processes.ts";
import { FilesClient, type FilesAddress } from "./client.ts";

/** Somewhere to put files and to get them from, so many at once. */
export type FileServer = {
  /** Throws unless all of it was stored. Gives what the file is asked for by. */
  put(body: Buffer): Promise<string>;
  /** Throws unless `bytes` came. */
  get(name: string, bytes: number): Promise<void>;
  remove(name: string): Promise<void>;
  close(): void;
};

export function parleyServer(address: FilesAddress, atOnce: number): FileServer {
  const client = new FilesClient(address, atOnce);
  const hashes = new WeakMap<Buffer, string>();
  const hashOf = (body: Buffer): string => {
    const known = hashes.get(body) ?? createHash("sha256").update(body).digest("hex");
    hashes.set(body, known);
    return known;
  };
  return {
    put: async (body) => {
      const { body: answer } = await client.send("POST", "/v1/files?name=bench.bin", body);
      const { id, sha256 } = JSON.parse(answer.toString()) as { id: string; sha256: string };
      if (sha256 !== hashOf(body)) throw new Error(`Parley stored something else than it was sent, as ${id}`);
      return id;
    },
    get: async (id, bytes) => expectBytes(await client.send("GET", `/v1/files/${id}/content`), bytes),
    remove: async (id) => void (await client.send("DELETE", `/v1/files/${id}`)),
    close: () => client.close(),
  };
}

let named = 0;

/** The plain server, and the bare Worker, which is asked in the same way. */
export function plainServer(address: FilesAddress, atOnce: number): FileServer {
  const client = new FilesClient(address, atOnce);
  return {
    put: async (body) => {
      const name = `/${++named}`;
      await client.send("PUT", name, body);
      return name;
    },
    get: async (name, bytes) => expectBytes(await client.send("GET", name), bytes),
    remove: async (name) => void (await client.send("DELETE", name)),
    close: () => client.close(),
  };
}

function expectBytes(answer: { bytes: number }, wanted: number): void {
  if (answer.bytes !== wanted) throw new Error(`${answer.bytes} of ${wanted} bytes came`);
}

/** Starts the plain server, with a directory of its own. */
export async function startNodeServer(): Promise<{ address: FilesAddress; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "parley-bench-files-"));
  const port = await freePort();
  const child = await startProcess(new URL("node-server.ts", import.meta.url), {
    DIRECTORY: directory,
    PORT: String(port),
  });
  return {
    address: { port, headers: {} },
    stop: async () => {
      await stopProcess(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
