import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "../../../scripts/support/free-port.ts";
import { stopProcess } from "../../processes.ts";
import { Unavailable } from "../../stack.ts";

const run = promisify(execFile);

export type Postgres = {
  url: string;
  /** The same server over its Unix socket, without the network stack. */
  local: { host: string; port: number; user: string; password: string; database: string };
  pid: number;
  version: string;
  stop(): Promise<void>;
};

/** Finds `initdb` and `postgres`. Debian has them outside the PATH, in a directory for each major version; the newest is used. */
async function findBinaries(): Promise<string> {
  const debian = "/usr/lib/postgresql";
  const majors = (await readdir(debian).catch(() => []))
    .sort((a, b) => Number(b) - Number(a))
    .map((major) => join(debian, major, "bin"));
  for (const directory of [...majors, ...(process.env.PATH ?? "").split(":")]) {
    const names = await readdir(directory).catch(() => [] as string[]);
    if (names.includes("initdb") && names.includes("postgres")) return directory;
  }
  throw new Unavailable("PostgreSQL is not installed (Debian: apt-get install postgresql)");
}

/** Returns the user that runs PostgreSQL. PostgreSQL rejects root, so root selects an unprivileged user of the system. */
async function unprivileged(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (!user) throw new Unavailable("PostgreSQL can't run as root, and there is no user postgres or nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** Starts a new cluster in a temporary directory, with the defaults of `initdb` (fsync on) and `changed` settings, on loopback only. */
export async function startPostgres(changed: readonly string[] = []): Promise<Postgres> {
  const bin = await findBinaries();
  const identity = await unprivileged();
  const directory = await mkdtemp(join(tmpdir(), "parley-bench-pg-"));
  const [data, passwordFile, password] = [
    join(directory, "data"),
    join(directory, "password"),
    randomBytes(16).toString("hex"),
  ];
  await writeFile(passwordFile, password);
  if (identity.uid !== undefined)
    for (const path of [directory, passwordFile]) await chown(path, identity.uid, identity.gid!);

  const options = { ...identity, cwd: directory, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" } };
  await run(
    join(bin, "initdb"),
    ["-D", data, "-U", "bench", "-E", "UTF8", "--auth=scram-sha-256", `--pwfile=${passwordFile}`],
    options,
  );
  const port = await freePort();
  const settings = [
    ...["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${directory}`],
    ...changed,
  ];
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    { ...options, stdio: "ignore" },
  );
  // It must not outlive the benchmark, however that ends.
  const end = (): void => void server.kill("SIGINT");
  process.once("exit", end);
  const url = `postgres://bench:${password}@127.0.0.1:${port}/postgres`;
  const version = await waitForAnswer(url, server);
  const stop = async (): Promise<void> => {
    process.off("exit", end);
    server.kill("SIGINT"); // a fast shutdown; SIGTERM would wait for the clients to leave
    await stopProcess(server);
    await rm(directory, { recursive: true, force: true });
  };
  const local = { host: directory, port, user: "bench", password, database: "postgres" };
  return { url, local, pid: server.pid!, version, stop };
}

async function waitForAnswer(url: string, server: ChildProcess): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode} at its start`);
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return (await client.query<{ server_version: string }>("SHOW server_version")).rows[0]!.server_version;
    } catch {
      await sleep(100);
    } finally {
      await client.end().catch(() => {});
    }
  }
  throw new Error("postgres did not answer within 10 s");
}
