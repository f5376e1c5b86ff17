import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../../bench/parley/bundle.ts";
import type { ServeOptions } from "../../../bench/parley/serve.ts";
import type { Tokens } from "../../../src/client/index.ts";
import { testSecrets } from "../../support/test-secrets.ts";
import { freePort } from "./free-port.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const main = "test/support/e2e-worker.ts";

export type ObjectKind = "room" | "hub";

/** One with an account and a session, made without a password. */
export interface Person {
  userId: string;
  username: string;
  sessionId: string;
  tokens: Tokens;
}

/**
 * The product in one workerd, bundled with the means of `test/support/e2e-worker.ts` and nothing in front of it, on a
 * directory of its own that outlives each process.
 */
export class Workerd {
  readonly #directory: string;
  readonly #vars: Record<string, string>;
  #process: ChildProcess | undefined;
  #port = 0;
  /** What all of its processes wrote. */
  output = "";

  private constructor(directory: string, vars: Record<string, string>) {
    this.#directory = directory;
    this.#vars = vars;
  }

  /** Bundles and starts it. `vars` are the Worker's, in place of its own. */
  static async start(vars: Record<string, string> = {}): Promise<Workerd> {
    const server = new Workerd(await mkdtemp(join(tmpdir(), "parley-e2e-")), vars);
    await bundle(join(root, "wrangler.toml"), join(server.#directory, "bundle"), join(root, main));
    await server.restart();
    return server;
  }

  /** Of its present process: a port is never used twice, since workerd can't bind one in TIME_WAIT. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** What it logged as a defect of its own, but for what became of who asked an object that died (`die`). */
  get defects(): string[] {
    const defects = this.output.split("\n").filter((line) => line.includes('"message":"server.defect"'));
    return defects.filter((line) => !line.includes('"error":"Error: e2e"'));
  }

  /** A new process on what the last one left. */
  async restart(): Promise<void> {
    await this.kill();
    this.#port = await freePort();
    const serve: ServeOptions = {
      configPath: join(root, "wrangler.toml"),
      main,
      flags: ["unsafe_module"],
      bundle: join(this.#directory, "bundle"),
      state: join(this.#directory, "state"),
      port: this.#port,
      vars: this.#vars,
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

  /** SIGKILL to all of its processes at once: nobody gets to say goodbye. */
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

  people(...names: string[]): Promise<Person[]> {
    return this.#ask("people", { names });
  }

  /** A further session of somebody's: another device. */
  another({ userId, username }: Person): Promise<Person> {
    return this.#ask("session", { userId, username });
  }

  /** The object dies, and its sockets with it, without a close. */
  async die(object: ObjectKind, name: string): Promise<void> {
    await this.#ask("die", { object, name });
  }

  /** The object loses its memory; its sockets stay, as in hibernation, or are closed. */
  async evict(
    object: ObjectKind,
    name: string,
    webSockets: "hibernate" | "close" = "hibernate",
  ): Promise<void> {
    await this.#ask("evict", { object, name, webSockets });
  }

  /** When an object's memory began, and how many sockets it has; it is awake then. */
  look(object: ObjectKind, name: string): Promise<{ bornAt: number; sockets: number }> {
    return this.#ask("look", { object, name });
  }

  /** How often each object was started, by its name. */
  async started(): Promise<Map<string, number>> {
    return new Map(Object.entries(await this.#ask<Record<string, number>>("started", {})));
  }

  /** The statements that D1 was asked since the last call, by their text. */
  async queries(): Promise<Map<string, number>> {
    return new Map(Object.entries(await this.#ask<Record<string, number>>("queries", {})));
  }

  async #ask<T>(what: string, body: object): Promise<T> {
    const response = await fetch(`${this.url}/e2e/${what}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`/e2e/${what}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}
