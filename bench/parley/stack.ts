import type { ChildProcess } from "node:child_process";
import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionOf } from "../machine.ts";
import { freePort } from "../../scripts/support/free-port.ts";
import { startProcess, stopProcess } from "../processes.ts";
import { type RunningStack, type Stack, Unavailable } from "../stack.ts";
import { secretMakers } from "../../scripts/support/secrets.ts";
import { bundle } from "./bundle.ts";
import { type Account, Client } from "./client.ts";
import { raisedVars } from "./raised-limits.ts";
import { openReads } from "./open-reads.ts";
import { openSockets } from "./open-sockets.ts";
import type { ServeOptions } from "./serve.ts";

export const parley: Stack = {
  name: "parley",
  start: async ({
    accounts,
    config: configPath,
    vars: given,
    plain = false,
    progress,
  }): Promise<RunningStack> => {
    await access(configPath).catch(() => {
      throw new Unavailable(`there is no ${configPath}`);
    });
    const directory = await mkdtemp(join(tmpdir(), "parley-bench-"));
    let child: ChildProcess | undefined;
    const stop = async (): Promise<void> => {
      if (child) await stopProcess(child);
      await rm(directory, { recursive: true, force: true });
    };
    try {
      progress("bundling the Worker");
      await bundle(configPath, join(directory, "bundle"));
      const vars = { ...(await varsInBundle(join(directory, "bundle"), raisedVars)), ...given };
      const port = await freePort();
      child = await startWorker(configPath, directory, port, vars);
      const client = new Client(`http://127.0.0.1:${port}`);
      const people = await registerAll(client, accounts, progress);
      return {
        pids: [child.pid!],
        versions: {
          wrangler: versionOf("wrangler"),
          workerd: versionOf("workerd"),
          miniflare: versionOf("miniflare"),
        },
        notes: [
          "The deployable bundle in one workerd, which also runs the D1 and R2 simulators: their CPU time counts as Parley's.",
          describe(vars),
          plain
            ? "Clients use the plain form of events."
            : "Clients use the compact form of events, as the client library does.",
        ],
        openRoom: async (name) => ({
          ...(await openRoom(client, port, people, name)),
          wire: plain ? "parley-plain" : "parley",
        }),
        openReads: (size, progress) => openReads(client, port, people, size, progress),
        openSockets: (channels, progress) => openSockets(client, port, people, channels, progress),
        openFiles: async () => {
          const [owner] = people as [Account];
          await client.renew(owner);
          return { port, headers: { Authorization: `Bearer ${owner.accessToken}` } };
        },
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  },
};

async function startWorker(
  configPath: string,
  directory: string,
  port: number,
  vars: Record<string, string>,
): Promise<ChildProcess> {
  const secrets = {
    JWT_SIGNING_KEY: await secretMakers.JWT_SIGNING_KEY(),
    REFRESH_TOKEN_KEY: await secretMakers.REFRESH_TOKEN_KEY(),
  };
  const [bundleDirectory, state] = [join(directory, "bundle"), join(directory, "state")];
  const serve: ServeOptions = { configPath, bundle: bundleDirectory, state, port, vars, secrets };
  const env = { ...secrets, SERVE: JSON.stringify(serve), WRANGLER_SEND_METRICS: "false" };
  return startProcess(new URL("serve.ts", import.meta.url), env);
}

/** Keeps the vars that the bundle mentions: an older Worker has fewer, and the output must not list a limit that does not exist. */
async function varsInBundle(
  bundleDirectory: string,
  vars: Record<string, string>,
): Promise<Record<string, string>> {
  const files = (await readdir(bundleDirectory)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(files.map((name) => readFile(join(bundleDirectory, name), "utf8")));
  return Object.fromEntries(
    Object.entries(vars).filter(([name]) => texts.some((text) => text.includes(name))),
  );
}

const describe = (vars: Record<string, string>): string => {
  const list = Object.entries(vars).map(([name, value]) => `${name}=${value}`);
  return list.length === 0
    ? "No var of the Worker was changed."
    : `Vars changed for the benchmark: ${list.join(", ")}.`;
};

/** Registers users; the first one is the owner. In sequence, since each costs 0.1 s of CPU for scrypt anyway. */
async function registerAll(
  client: Client,
  count: number,
  progress: (text: string) => void,
): Promise<Account[]> {
  const people: Account[] = [];
  while (people.length < count) {
    progress(`registering ${people.length + 1}/${count}`);
    people.push(await client.register(`bench-${people.length}`));
  }
  return people;
}

async function openRoom(
  client: Client,
  port: number,
  people: Account[],
  name: string,
): ReturnType<RunningStack["openRoom"]> {
  const [owner, ...others] = people as [Account, ...Account[]];
  for (const account of people) await client.renew(account);
  const channelId = await client.createChannel(owner, name);
  for (const { userId } of others) await client.addMember(owner, channelId, userId);
  return {
    wire: "parley",
    host: "127.0.0.1",
    port,
    channelId,
    identities: people.map(({ accessToken }) => ({ token: accessToken })),
  };
}
