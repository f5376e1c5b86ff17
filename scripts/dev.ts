import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { setup } from "./setup.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { readableLine } from "./support/dev-log.ts";
import { drain, onInterruptKey, onSourceChange } from "./support/drain.ts";
import { exitCodeOf, startWrangler } from "./support/wrangler.ts";

const help = `
Starts Parley on this machine: what \`npm run setup\` does, then \`wrangler dev\`.

Usage: npm run dev -- [options of wrangler dev]

  --port N           another port than 8787
  --persist-to DIR   where the local databases, rooms and files live (default .wrangler/state)
  -h, --help         this text; the other options: npx wrangler dev --help

Ctrl-C stops it. Removing .wrangler/state begins anew.
`;

const startTimeoutMs = 60_000;
/** Who started this, asked before anything takes its time: later it may be gone already. */
const parent = process.ppid;

await runCommand(help, async (argv) => {
  // Only what this script itself must know; everything goes on to wrangler as it came.
  const { values } = parseArgs({
    args: argv,
    strict: false,
    options: {
      port: { type: "string", default: "8787" },
      "local-protocol": { type: "string", default: "http" },
      "persist-to": { type: "string" },
      "show-interactive-dev-session": { type: "boolean" },
    },
  });
  if (!/^\d{1,5}$/.test(String(values.port)) || Number(values.port) > 65_535) {
    throw new CommandError(`${values.port} is no port.`, "npm run dev -- --port 9000");
  }
  // Without this look, an older server's answer would pass for the new one's.
  if (await isTaken(Number(values.port))) {
    throw new CommandError(
      `Something already listens on port ${values.port}.`,
      `Stop it, or take another port: npm run dev -- --port ${Number(values.port) + 1}`,
    );
  }
  warnIfExposed(argv);
  await setup({ persistTo: values["persist-to"] as string | undefined });

  const defaults = [
    ...(argv.some((arg) => /^--port\b/.test(arg)) ? [] : ["--port", String(values.port)]),
    ...(values["show-interactive-dev-session"] === undefined ? ["--show-interactive-dev-session=false"] : []),
  ];
  const token = randomBytes(24).toString("base64url");
  const origin = `${values["local-protocol"]}://localhost:${values.port}`;
  // An interactive session draws on the terminal itself; otherwise each line is made readable on its way.
  const isInteractive = values["show-interactive-dev-session"] === true;
  const server = startWrangler(
    ["dev", ...defaults, "--var", `DRAIN_TOKEN:${token}`, ...argv],
    isInteractive ? "inherit" : ["inherit", "pipe", "pipe"],
    process.stdout.isTTY ? { FORCE_COLOR: "1" } : {},
  );
  printReadable(server.stdout, process.stdout);
  printReadable(server.stderr, process.stderr);
  let stopping = false;
  const stop = async () => {
    // The second time at once.
    if (!stopping) {
      stopping = true;
      await drain(origin, token, "stop");
    }
    server.kill("SIGTERM"); // the one signal that wrangler hands on to its own children
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
  onParentGone(() => void stop());
  if (!isInteractive) onInterruptKey(() => void stop());
  const unwatch = onSourceChange(() => void drain(origin, token, "reload"));
  const exited = exitCodeOf(server);
  const gone = exited.then(() => undefined);

  const health = await Promise.race([firstAnswer(`${origin}/v1/health`), gone]);
  if (health) console.log(welcome(origin, health.status));
  else if (!stopping && server.exitCode === null) {
    console.error(
      `\n${origin}/v1/health has not answered for ${startTimeoutMs / 1000} s; what is above may tell why.\n`,
    );
  }
  const code = await exited;
  unwatch();
  return stopping ? 0 : code;
});

function printReadable(source: Readable | null, target: NodeJS.WritableStream): void {
  if (!source) return;
  createInterface({ input: source }).on("line", (line) => {
    const readable = readableLine(line);
    if (readable !== undefined) target.write(`${readable}\n`);
  });
}

/** Says what it means when others than this machine can reach the server: a local server has no production's protection. */
function warnIfExposed(argv: string[]): void {
  const { values } = parseArgs({
    args: argv,
    strict: false,
    options: { ip: { type: "string" }, tunnel: { type: "boolean" } },
  });
  const ip = typeof values.ip === "string" ? values.ip : "localhost";
  const isExposed = values.tunnel === true || !/^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(ip);
  if (!isExposed) return;
  console.warn(
    `\n⚠ This server is reachable from other machines. It is a local server: everybody may register, the first account owns
  the workspace, and addresses are not limited. Do not leave it running unattended; docs/deploy.md leads to production.\n`,
  );
}

/** Who ends npm ends only npm's shell, which tells nobody: without this the server would run on, unseen. */
function onParentGone(stop: () => void): void {
  if (!process.env["npm_lifecycle_event"]) return; // started by hand, it may outlive its shell
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 500).unref();
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ host: "localhost", port });
    probe.once("error", () => resolve(false));
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
  });
}

async function firstAnswer(url: string): Promise<Response | undefined> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(5_000) });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return undefined;
}

function welcome(origin: string, healthStatus: number): string {
  const demo = origin === "http://localhost:8787" ? "npm run demo" : `npm run demo -- --url ${origin}`;
  const state = healthStatus === 200 ? "is up" : `answers, but its health is ${healthStatus}`;
  return `
Parley ${state} on ${origin}

  in a second terminal   ${demo}
  in a browser           ${origin}/v1/health
  what else it can do    README.md

Ctrl-C stops it.
`;
}
