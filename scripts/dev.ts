import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { setup } from "./setup.ts";
import { compactState } from "./support/compact-state.ts";
import { CommandError, runCommand } from "./support/command.ts";
import { readableLine } from "./support/dev-log.ts";
import { openMailbox } from "./support/mailbox.ts";
import { repositoryRoot } from "./support/paths.ts";
import { drain, onInterruptKey, onSourceChange } from "./support/drain.ts";
import { watchWeb } from "./support/web-bundle.ts";
import { exitCodeOf, startWrangler } from "./support/wrangler.ts";

const help = `
Starts Parley on this machine: runs \`npm run setup\`, builds the web client after each change of its source, and runs \`wrangler dev\`.

Usage: npm run dev -- [options of wrangler dev]

  --port N           port (default 8787)
  --persist-to DIR   directory of the local databases, Durable Objects and files (default .wrangler/state)
  -h, --help         this text; for the other options see npx wrangler dev --help

Mails that the server sends are written to .wrangler/mail, and their links are shown here.
Press Ctrl-C to stop. Remove .wrangler/state to start with an empty workspace.
`;

const startTimeoutMs = 60_000;
/** Between two requests while the server starts; each fails at once, so that they cost the start little. */
const pollMs = 25;
/** The id of the parent process, read first, because the parent may exit during the start. */
const parent = process.ppid;

await runCommand(help, async (argv) => {
  // Parses only the options that this script uses; all arguments are passed to wrangler unchanged.
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
    throw new CommandError(
      `--port needs a number from 0 to 65535, not ${values.port}.`,
      "npm run dev -- --port 9000",
    );
  }
  // Otherwise the response of an older server on this port would be taken for the new one's.
  if (await isPortInUse(Number(values.port))) {
    throw new CommandError(
      `Port ${values.port} is in use by another process.`,
      `Stop that process, or use another port: npm run dev -- --port ${Number(values.port) + 1}`,
    );
  }
  warnIfExposed(argv);
  const stateDirectory = String(values["persist-to"] ?? join(repositoryRoot, ".wrangler/state"));
  // After a server that was killed.
  compactIfErased(stateDirectory);
  await setup({ persistTo: values["persist-to"] as string | undefined });

  // Before the server starts, which serves the files. An open page reloads itself after a change.
  const webDirectory = join(stateDirectory, "web");
  const stopWatchingWeb = await watchWeb(webDirectory);

  const defaults = [
    ...["--assets", webDirectory],
    ...(argv.some((arg) => /^--port\b/.test(arg)) ? [] : ["--port", String(values.port)]),
    ...(values["show-interactive-dev-session"] === undefined ? ["--show-interactive-dev-session=false"] : []),
  ];
  const token = randomBytes(24).toString("base64url");
  const origin = `${values["local-protocol"]}://localhost:${values.port}`;
  // An interactive session of wrangler needs the terminal; otherwise each line of its output is formatted.
  const isInteractive = values["show-interactive-dev-session"] === true;
  const mailbox = await openMailbox(join(repositoryRoot, ".wrangler/mail"), ({ to, link, file }) =>
    console.log(`\nMail to ${to}: ${file}${link ? `\n  ${link}` : ""}\n`),
  );
  const vars = ["--var", `DRAIN_TOKEN:${token}`, "--var", `MAIL_LOCAL_URL:${mailbox.url}`];
  const server = startWrangler(
    ["dev", ...defaults, ...vars, ...argv],
    isInteractive ? "inherit" : ["inherit", "pipe", "pipe"],
    process.stdout.isTTY ? { FORCE_COLOR: "1" } : {},
  );
  printReadable(server.stdout, process.stdout);
  printReadable(server.stderr, process.stderr);
  let stopping = false;
  const stop = async () => {
    // A second signal kills the server without draining it.
    if (!stopping) {
      stopping = true;
      await drain(origin, token, "stop");
    }
    server.kill("SIGTERM"); // the only signal that wrangler forwards to its children
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
  onParentExit(() => void stop());
  if (!isInteractive) onInterruptKey(() => void stop());
  const unwatch = onSourceChange(() => void drain(origin, token, "reload"));
  const exited = exitCodeOf(server);
  const health = await Promise.race([
    fetchUntilResponse(`${origin}/v1/health`),
    exited.then(() => undefined),
  ]);
  if (health) console.log(welcome(origin, health.status));
  else if (!stopping && server.exitCode === null) {
    console.error(
      `\n${origin}/v1/health has not responded for ${startTimeoutMs / 1000} s. See the output above for the reason.\n`,
    );
  }
  const code = await exited;
  unwatch();
  await stopWatchingWeb();
  mailbox.close();
  compactIfErased(stateDirectory);
  return stopping ? 0 : code;
});

/** Compacts the databases of a stopped server after an erasure. A failure stops nothing: the next start tries again. */
function compactIfErased(stateDirectory: string): void {
  try {
    const files = compactState(stateDirectory);
    if (files > 0) console.log(`Removed erased data from the free space of ${files} database files.`);
  } catch (error) {
    console.warn(`The databases in ${stateDirectory} were not compacted: ${String(error)}`);
  }
}

function printReadable(source: Readable | null, target: NodeJS.WritableStream): void {
  if (!source) return;
  createInterface({ input: source }).on("line", (line) => {
    const readable = readableLine(line);
    if (readable !== undefined) target.write(`${readable}\n`);
  });
}

/** Warns if other machines can reach the server, because a local server lacks the protection of production. */
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
    `\n⚠ Other machines can reach this server. It is a local server: any client may register, the first account owns the workspace,
  and there are no rate limits per address. Do not leave it running unattended. For production see docs/deploy.md.\n`,
  );
}

/**
 * Calls `stop` when npm's shell exits. A signal to npm ends only that shell, which does not forward it, so that the server would
 * continue in the background.
 */
function onParentExit(stop: () => void): void {
  if (!process.env["npm_lifecycle_event"]) return; // started without npm, it may outlive its shell
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 500).unref();
}

function isPortInUse(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ host: "localhost", port });
    probe.once("error", () => resolve(false));
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
  });
}

async function fetchUntilResponse(url: string): Promise<Response | undefined> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(5_000) });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
  return undefined;
}

function welcome(origin: string, healthStatus: number): string {
  const demo = origin === "http://localhost:8787" ? "npm run demo" : `npm run demo -- --url ${origin}`;
  const state =
    healthStatus === 200 ? "is running" : `responds, but its health check returns ${healthStatus},`;
  return `
Parley ${state} on ${origin}

  in a browser           ${origin}
  in a second terminal   ${demo}
  API reference          ${origin}/docs/api
  documentation          README.md

Press Ctrl-C to stop.
`;
}
