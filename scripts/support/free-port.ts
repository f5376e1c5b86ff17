import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lowest = 10_240;
const highest = 32_767;
/** The same for all processes of the machine, also those with their own temporary directory. */
const claims = join(process.platform === "win32" ? tmpdir() : "/tmp", "parley-ports");

/** A port stays claimed for this long: workerd can't bind a port again while it is in TIME_WAIT. */
const claimMs = 10 * 60_000;

/**
 * Claims a loopback port that nothing listens on. No other process that calls this gets the same one within ten minutes, and no
 * outgoing connection does: it is below the range from which the kernel takes their ports.
 */
export async function freePort(): Promise<number> {
  mkdirSync(claims, { recursive: true });
  const end = Math.min(highest, firstEphemeralPort() - 1);
  const start = lowest < end ? lowest : 1_024;
  for (let tries = 0; tries < 1_000; tries++) {
    const port = start + Math.floor(Math.random() * (end - start + 1));
    if (claim(port) && (await canListen(port))) return port;
  }
  throw new Error(`No free port from ${start} to ${end}`);
}

/** Starts a server on a free port, and on another one if a process outside these scripts took the port in the meantime. */
export async function withFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3 || !/address already in use|EADDRINUSE|is in use/i.test(String(error))) throw error;
    }
}

function claim(port: number): boolean {
  const path = join(claims, String(port));
  try {
    mkdirSync(path);
    return true;
  } catch {
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    // Left for the next caller: of two that find it expired, both would claim it.
    if (age > claimMs) rmSync(path, { recursive: true, force: true });
    return false;
  }
}

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** The lowest port of outgoing connections; 32,768 where the system does not say. */
function firstEphemeralPort(): number {
  try {
    const [first] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/);
    return Number(first) > 2_048 ? Number(first) : 32_768;
  } catch {
    return 32_768;
  }
}
