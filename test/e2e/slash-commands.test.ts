import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAnswer } from "../../scripts/support/check-answer.ts";
import { freePort } from "../../scripts/support/free-port.ts";
import {
  createBot,
  createChannel,
  createClient,
  createMessage,
  createSlashCommand,
  getChannelMessages,
  isCommandRun,
  joinChannel,
  newNonce,
  ParleyError,
  runSlashCommand,
} from "../../src/client/index.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let server: WorkerdServer;
let directory: string;
let admin: TestUser;
let ann: TestUser;
let bob: TestUser;
let channelId: string;
let bot: { id: string; token: string };
let made = 0;
const started: ChildProcess[] = [];
const listening: Server[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "parley-commands-"));
  server = await WorkerdServer.start({ OUTBOUND_ALLOW_LOOPBACK: "on" });
  admin = await server.createAdmin("boss");
  [ann, bob] = (await server.createUsers("ann", "bob")) as [TestUser, TestUser];
  channelId = (await clientOf(ann).call(createChannel, { body: { name: "releases" } })).id;
  const { user, accessToken } = await clientOf(admin).call(createBot, {
    body: { username: "deployer", scopes: ["read", "write", "admin"] },
  });
  bot = { id: user.id, token: accessToken };
});
afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  for (const http of listening) {
    http.closeAllConnections();
    http.close();
  }
  await server?.remove();
  await rm(directory, { recursive: true, force: true });
});

const clientOf = ({ tokens }: TestUser) => createClient({ url: server.url, tokens });

/** Registers a command of the bot and returns its name and secret. */
async function register(url?: string): Promise<{ name: string; secret: string }> {
  const body = { name: `command-${++made}`, description: "Deploy", ...(url !== undefined && { url }) };
  const { command, secret } = await createClient({ url: server.url, token: bot.token }).call(
    createSlashCommand,
    {
      body,
    },
  );
  return { name: command.name, secret: secret ?? "" };
}

/** Runs the n-th JavaScript example of docs/slash-commands.md as it stands there, and waits for its line of output. */
async function startExample(index: number, env: Record<string, string>, ready: string): Promise<void> {
  const document = await readFile(join(root, "docs/slash-commands.md"), "utf8");
  const code = [...document.matchAll(/^```js\n(.*?)^```/gms)][index]?.[1] ?? "";
  // Inside the repository's directory, so that the packages are found.
  const file = join(root, "node_modules", `.example-${process.pid}-${index}.mjs`);
  await writeFile(file, code.replace('"parley/client"', JSON.stringify(join(root, "src/client/index.ts"))));
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env } });
  started.push(child);
  let seen = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (seen += String(chunk)));
  try {
    await waitUntil(`the example to start: ${seen}`, () => seen.includes(ready));
  } finally {
    await rm(file, { force: true });
  }
}

const texts = async (): Promise<string[]> =>
  (await clientOf(ann).call(getChannelMessages, { params: { channelId } })).items
    .filter(({ authorId }) => authorId === bot.id)
    .map(({ content }) => content);

async function expectDeployed(name: string, service: string): Promise<void> {
  const { ephemeral } = await clientOf(ann).runCommand(channelId, `/${name} ${service}`);
  expect(ephemeral).toMatchObject({
    content: `Deploying ${service} …`,
    authorId: bot.id,
    userId: ann.userId,
  });
  await waitUntil("the answer in the channel", async () => (await texts()).includes(`Deployed ${service}`));
}

test("[SC5] [SC6] the server of the documentation verifies, answers, and answers later", async () => {
  const port = await freePort();
  const { name, secret } = await register(`http://127.0.0.1:${port}/command`);
  await startExample(0, { PORT: String(port), COMMAND_SECRET: secret }, "The command server is ready");
  await expectDeployed(name, "web 1.2");
  const unsigned = await fetch(`http://127.0.0.1:${port}/command`, { method: "POST", body: "{}" });
  expect(unsigned.status).toBe(401);
});

test("[SC10] the bot of the documentation answers on its socket", async () => {
  const { name } = await register();
  await startExample(1, { PARLEY_URL: server.url, PARLEY_TOKEN: bot.token }, "The bot is ready");
  await expectDeployed(name, "api 3");
  started.pop()?.kill("SIGKILL");
  await waitUntil("the end of the bot's socket", async () => {
    const error: unknown = await clientOf(ann)
      .runCommand(channelId, `/${name} api 4`)
      .catch((reason) => reason);
    return error instanceof ParleyError && /not connected/.test(error.message);
  });
});

test("[SC14] [SC15] the client library runs commands that are sent as messages", async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ visibility: "channel", content: "typed" }));
  });
  const { name } = await register(`${url}/`);
  const client = createClient({ url: server.url, tokens: ann.tokens, checkAnswer });
  const content = `/${name} web`;
  const run = await client.call(createMessage, { params: { channelId }, body: { content } });
  expect(isCommandRun(run)).toBe(true);
  expect(run).toMatchObject({ command: name, message: { content: "typed", authorId: bot.id } });
  const message = await client.call(createMessage, {
    params: { channelId },
    body: { content: `\\${content}` },
  });
  expect(isCommandRun(message)).toBe(false);
  const realtime = client.connect();
  const shared = realtime.subscribe(channelId);
  await shared.live();
  const sent = await shared.send("messageCreate", { content });
  expect(sent.command).toMatchObject({ command: name, message: { content: "typed" } });
  expect(sent.message).toBeUndefined();
  const reply = await shared.send("threadCreate", { messageId: message.id!, content: "/shrug" });
  expect(reply.command?.message).toMatchObject({ threadId: message.id, authorId: ann.userId });
  const own = client.room(channelId);
  await own.live();
  expect((await own.send("messageCreate", { content })).message).toMatchObject({ content });
  own.close();
  realtime.close();
  expect(server.defects).toEqual([]);
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Starts a server on loopback and returns its URL. */
async function serve(handler: Handler): Promise<string> {
  const http = createServer((request, response) => void handler(request, response));
  listening.push(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const hostile: Record<string, (response: ServerResponse) => void> = {
  silent: () => {},
  "one byte at a time": (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const timer = setInterval(() => response.write(" "), 100);
    response.once("close", () => clearInterval(timer));
  },
  endless: (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const chunk = Buffer.alloc(64 * 1024, "x");
    const pump = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", pump);
    pump();
  },
  "closing at once": (response) => response.socket?.destroy(),
  "closing within the body": (response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write('{"content":"');
    setTimeout(() => response.socket?.destroy(), 50);
  },
  garbage: (response) => response.end(Buffer.from([0, 255, 1, 254])),
  "not HTTP": (response) => response.socket?.end("SSH-2.0-OpenSSH_9.9\r\n"),
  failing: (response) => response.writeHead(500).end("stack trace"),
  "deeply nested": (response) => response.end(`${"[".repeat(30_000)}${"]".repeat(30_000)}`),
};

test("[SC7] hostile servers end within 3 s, follow nothing, and delay no other user", async () => {
  let followed = 0;
  const canary = await serve((_, response) => {
    followed++;
    response.end('{"content":"followed"}');
  });
  const url = await serve((request, response) => {
    const kind = decodeURIComponent(request.url?.slice(1) ?? "");
    request.resume();
    if (kind === "redirecting") return void response.writeHead(307, { Location: canary }).end();
    hostile[kind]?.(response);
  });
  const kinds = [...Object.keys(hostile), "redirecting"];
  const commands = await Promise.all(kinds.map((kind) => register(`${url}/${encodeURIComponent(kind)}`)));
  const before = (await texts()).length;
  const startedAt = performance.now();
  const running = commands.map(async ({ name }) => {
    const error: unknown = await clientOf(ann)
      .runCommand(channelId, `/${name} x`)
      .catch((reason) => reason);
    return { error, ms: performance.now() - startedAt };
  });
  const latencies: number[] = [];
  const { call } = clientOf(bob);
  await call(joinChannel, { params: { channelId } });
  for (let sent = 0; sent < 40; sent++) {
    const sentAt = performance.now();
    await call(createMessage, { params: { channelId }, body: { content: `message ${sent}` } });
    latencies.push(performance.now() - sentAt);
  }
  for (const [index, { error, ms }] of (await Promise.all(running)).entries()) {
    expect(error, kinds[index]).toMatchObject({ code: "bot_unavailable", status: 502 });
    expect(ms, kinds[index]).toBeLessThan(6_000);
  }
  expect(followed).toBe(0);
  expect((await texts()).length).toBe(before);
  expect(latencies.toSorted((a, b) => a - b)[20]).toBeLessThan(500);
  expect(server.defects).toEqual([]);
});

test("[SC12] after SIGKILL while a command runs, its repetition is shown once", async () => {
  const ids: string[] = [];
  const urls: string[] = [];
  let isHeld = true;
  const url = await serve(async (request, response) => {
    const { data } = JSON.parse(await text(request)) as { data: { responseUrl: string } };
    ids.push(String(request.headers["webhook-id"]));
    urls.push(data.responseUrl);
    if (isHeld) return;
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ visibility: "channel", content: "after the kill" }));
  });
  const { name } = await register(`${url}/`);
  const request = {
    params: { channelId },
    body: { command: name, text: "web", nonce: newNonce() },
    retry: false,
  };
  const lost = clientOf(ann)
    .call(runSlashCommand, request)
    .catch((error: unknown) => error);
  await waitUntil("the request", () => ids.length === 1);
  await server.restart();
  expect(await lost).toBeInstanceOf(ParleyError);
  isHeld = false;
  const { message } = await clientOf(ann).call(runSlashCommand, request);
  expect(message).toMatchObject({ content: "after the kill", authorId: bot.id });
  expect((await clientOf(ann).call(runSlashCommand, request)).id).toMatch(/^run_/);
  expect((await texts()).filter((content) => content === "after the kill").length).toBe(1);
  expect(new Set(ids).size).toBe(1);
  expect(ids.length).toBe(2);
  const { pathname } = new URL(urls[0]!);
  const later = await fetch(`${server.url}${pathname}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ visibility: "channel", content: "replaced", replaceOriginal: true }),
  });
  expect(await later.json()).toMatchObject({ messageId: message?.id, usesLeft: 4 });
  expect(server.output).not.toContain(pathname.split("/").at(-1));
});
