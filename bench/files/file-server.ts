import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/support/free-port.ts";
import { startProcess, stopProcess } from "../processes.ts";
import { FilesClient, type FilesAddress } from "./client.ts";

/** A server that stores files. */
export type FileServer = {
  /** Uploads a file, and returns the name by which it is downloaded. Throws unless all of it was stored. */
  put(body: Buffer): Promise<string>;
  /** Downloads a file. Throws unless it has `bytes` bytes. */
  get(name: string, bytes: number): Promise<void>;
  remove(name: string): Promise<void>;
  close(): void;
};

/** Accesses Parley, with up to `atOnce` connections. */
export function parleyServer(address: FilesAddress, atOnce: number): FileServer {
  const client = new FilesClient(address, atOnce);
  const hashes = new WeakMap<Buffer, string>();
  const hashOf = (body: Buffer): string => {
    const hash = hashes.get(body) ?? createHash("sha256").update(body).digest("hex");
    hashes.set(body, hash);
    return hash;
  };
  return {
    put: async (body) => {
      const { body: answer } = await client.send("POST", "/v1/files?name=bench.bin", body);
      const { id, sha256 } = JSON.parse(answer.toString()) as { id: string; sha256: string };
      if (sha256 !== hashOf(body)) throw new Error(`Parley stored other bytes than it received, as ${id}`);
      return id;
    },
    get: async (id, bytes) => expectBytes(await client.send("GET", `/v1/files/${id}/content`), bytes),
    remove: async (id) => void (await client.send("DELETE", `/v1/files/${id}`)),
    close: () => client.close(),
  };
}

let named = 0;

/** Accesses the plain Node server or the bare Worker, which have the same API. */
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

function expectBytes({ bytes }: { bytes: number }, expected: number): void {
  if (bytes !== expected) throw new Error(`${bytes} of ${expected} bytes arrived`);
}

/** Starts the plain Node server with a new directory. */
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
