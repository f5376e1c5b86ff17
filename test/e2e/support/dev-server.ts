import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { raisedLimits } from "../../support/raised-limits.ts";
import { withFreePort } from "../../../scripts/support/free-port.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A server as a developer starts it: the script of `npm run dev`, real processes, its own directory. */
export class DevServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  output = "";

  private constructor(port: number, process: ChildProcess) {
    this.url = `http://127.0.0.1:${port}`;
    this.#process = process;
    this.#exited = new Promise((resolve) => process.once("exit", () => resolve()));
    for (const stream of [process.stdout, process.stderr])
      stream?.on("data", (chunk) => (this.output += chunk));
  }

  /**
   * Starts it on a free port and waits until it responds. A port is never reused: workerd can't bind one in
   * TIME_WAIT.
   */
  static start(directory: string): Promise<DevServer> {
    return withFreePort((port) => DevServer.#startOn(port, directory));
  }

  static async #startOn(port: number, directory: string): Promise<DevServer> {
    const vars = Object.entries(raisedLimits).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
    const args = [join(root, "scripts/dev.ts"), "--port", String(port), "--persist-to", directory, ...vars];
    const server = new DevServer(
      port,
      spawn(process.execPath, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] }),
    );
    for (const until = Date.now() + 90_000; Date.now() < until;) {
      if (server.output.includes("Parley is running")) return server;
      if (server.#process.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await server.kill();
    throw new Error(`The server did not start:\n${server.output.slice(-2_000)}`);
  }

  /**
   * Sends SIGTERM to the script, as a process manager does. Resolves with the exit code once all processes have
   * stopped.
   */
  async stop(): Promise<number | null> {
    this.#process.kill("SIGTERM");
    await this.#exited;
    return this.#process.exitCode;
  }

  /** Sends SIGKILL to all of its processes at once, so that none can shut down cleanly. */
  async kill(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined || this.#process.exitCode !== null) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      return; // It had already exited.
    }
    await this.#exited;
  }
}

/** Creates a directory for a server's data. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "parley-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
