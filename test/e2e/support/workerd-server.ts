import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServeOptions } from "../../../bench/parley/serve.ts";
import type { Tokens } from "../../../src/client/index.ts";
import { testSecrets } from "../../support/test-secrets.ts";
import { bundleForTests, mainOfTests, root, sharedBundleVariable } from "./bundle-for-tests.ts";
import { withFreePort } from "../../../scripts/support/free-port.ts";
import { raisedRates } from "../../support/raised-limits.ts";

export type ObjectKind = "room" | "hub";

/** A user with an account and a session, created without a password. */
export interface TestUser {
  userId: string;
  username: string;
  sessionId: string;
  tokens: Tokens;
}

/**
 * The product in one workerd process, bundled with the control routes of `test/support/e2e-worker.ts`, on its own
 * directory, which outlives each process.
 */
export class WorkerdServer {
  readonly #directory: string;
  readonly #bundle: string;
  readonly #vars: Record<string, string>;
  #process: ChildProcess | undefined;
  #port = 0;
  /** The output of all of its processes. */
  output = "";

  private constructor(directory: string, vars: Record<string, string>) {
    this.#directory = directory;
    this.#bundle = process.env[sharedBundleVariable] ?? join(directory, "bundle");
    this.#vars = vars;
  }

  /** Bundles it, unless the test run has done so, and starts it. `vars` override the Worker's; limits of requests a minute are raised. */
  static async start(vars: Record<string, string> = {}): Promise<WorkerdServer> {
    const server = new WorkerdServer(await mkdtemp(join(tmpdir(), "parley-e2e-")), vars);
    if (!process.env[sharedBundleVariable]) await bundleForTests(server.#bundle);
    await server.restart();
    return server;
  }

  /** The current process's port: a port is never reused, since workerd can't bind one in TIME_WAIT. */
  get port(): number {
    return this.#port;
  }

  /** The directory of its data. */
  get stateDirectory(): string {
    return join(this.#directory, "state");
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Logged defects, without those that `abortObject` causes for callers of the object. */
  get defects(): string[] {
    const defects = this.output.split("\n").filter((line) => line.includes('"message":"server.defect"'));
    return defects.filter((line) => !line.includes('"error":"Error: e2e"'));
  }

  /** Starts a new process on the previous one's data. */
  restart(): Promise<void> {
    return withFreePort((port) => this.#restartOn(port));
  }

  async #restartOn(port: number): Promise<void> {
    await this.kill();
    this.#port = port;
    const serve: ServeOptions = {
      configPath: join(root, "wrangler.toml"),
      main: mainOfTests,
      flags: ["unsafe_module"],
      bundle: this.#bundle,
      // Laid out as below the directory that `npm run dev` has as --persist-to.
      state: join(this.stateDirectory, "v3"),
      port,
      vars: { ...raisedRates, ...this.#vars },
      secrets: testSecrets,
    };
    const child = spawn(process.execPath, [join(root, "bench/parley/serve.ts")], {
      cwd: root,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...testSecrets, SERVE: JSON.stringify(serve), WRANGLER_SEND_METRICS: "false" },
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => (this.output += String(chunk)));
    await new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", () => reject(new Error(`The server did not start:\n${this.output.slice(-2_000)}`)));
    });
  }

  /** Sends SIGKILL to all of its processes at once, so that none can shut down cleanly. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child?.pid || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  /** Kills it and removes its directory. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  createUsers(...names: string[]): Promise<TestUser[]> {
    return this.#control("users", { names });
  }

  /** Creates an admin of the workspace. */
  async createAdmin(name: string): Promise<TestUser> {
    const [admin] = await this.#control<TestUser[]>("users", { names: [name], role: "admin" });
    return admin!;
  }

  /** Creates another session of a user, as another device has. */
  createSession({ userId, username }: TestUser): Promise<TestUser> {
    return this.#control("session", { userId, username });
  }

  /** Aborts the object, which ends its sockets without a close frame. */
  async abortObject(object: ObjectKind, name: string): Promise<void> {
    await this.#control("abort", { object, name });
  }

  /** Evicts the object from memory; its sockets stay open (hibernation) or are closed. */
  async evictObject(
    object: ObjectKind,
    name: string,
    webSockets: "hibernate" | "close" = "hibernate",
  ): Promise<void> {
    await this.#control("evict", { object, name, webSockets });
  }

  /** Returns when an object was started and how many sockets it has; wakes it. */
  inspectObject(object: ObjectKind, name: string): Promise<{ bornAt: number; sockets: number }> {
    return this.#control("inspect", { object, name });
  }

  /** Returns how often each object was started, by name. */
  async objectStarts(): Promise<Map<string, number>> {
    return new Map(Object.entries(await this.#control<Record<string, number>>("starts", {})));
  }

  /** Returns the statements that D1 received since the last call, by text. */
  async takeQueryCounts(): Promise<Map<string, number>> {
    return new Map(Object.entries(await this.#control<Record<string, number>>("queries", {})));
  }

  async #control<T>(action: string, body: object): Promise<T> {
    const response = await fetch(`${this.url}/e2e/${action}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`/e2e/${action}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}
