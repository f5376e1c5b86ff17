import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addMember,
  createBot,
  createChannel,
  createClient,
  createMessage,
  createServerKey,
  createServerUserToken,
  createToken,
  getChannelMessages,
  putServerUser,
  revokeBotToken,
  revokeToken,
} from "../../src/client/index.ts";
import { RawClient } from "./support/raw-client.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";
import { loadAllowanceMs } from "../support/load-allowance.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let server: WorkerdServer;
let admin: TestUser;
let ann: TestUser;
let channelId: string;

beforeAll(async () => {
  server = await WorkerdServer.start();
  admin = await server.createAdmin("boss");
  [ann] = (await server.createUsers("ann")) as [TestUser];
  channelId = (await callAs(ann)(createChannel, { body: { name: "tokens" } })).id;
});
afterAll(() => server?.remove());

const callAs = ({ tokens }: TestUser) => createClient({ url: server.url, tokens }).call;

const paths = { gateway: () => "/v1/realtime", room: () => `/v1/channels/${channelId}/realtime` };
const trialsEach = 8;

test.each([
  ["gateway", "awake"],
  ["gateway", "hibernated"],
  ["room", "awake"],
  ["room", "hibernated"],
] as const)("[PT7] revocation closes sockets over TCP: %s, %s", async (kind, state) => {
  const call = callAs(ann);
  for (let trial = 0; trial < trialsEach; trial++) {
    const { token, accessToken } = await call(createToken, { body: { name: "trial", scopes: ["read"] } });
    const path = paths[kind]();
    const client = await RawClient.open({ port: server.port, token: accessToken, path });
    if (kind === "gateway") client.send({ type: "subscribe", channelId });
    await client.receives('"subscribed"');
    if (state === "hibernated")
      for (const [object, name] of [
        ["room", channelId],
        ["hub", ann.userId],
      ] as const)
        await server.evictObject(object, name);
    const startedAt = performance.now();
    await call(revokeToken, { params: { tokenId: token.id } });
    const content = `after ${kind} ${state} ${trial}`;
    await call(createMessage, { params: { channelId }, body: { content } });
    await waitUntil("the socket to close", () => client.closeCode !== undefined);
    expect(client.closeCode).toBe(4401);
    expect(performance.now() - startedAt).toBeLessThan(2_000 + loadAllowanceMs);
    expect(client.received.join("")).not.toContain(content);
    client.destroy();
    const again = await RawClient.open({ port: server.port, token: accessToken, path });
    expect(again.status).toMatch(/^HTTP\/1\.1 401 /);
    again.destroy();
  }
});

/** Runs the bot of docs/tokens.md as it stands there, with the package's source. */
async function startBot(directory: string, token: string): Promise<ChildProcess & { seen: string }> {
  const document = await readFile(join(root, "docs/tokens.md"), "utf8");
  const [, code = ""] = /^```js\n(.*?)^```/ms.exec(document) ?? [];
  const file = join(directory, "bot.mjs");
  await writeFile(file, code.replace('"parley/client"', JSON.stringify(join(root, "src/client/index.ts"))));
  const env = { ...process.env, PARLEY_URL: server.url, PARLEY_TOKEN: token };
  const bot = Object.assign(spawn(process.execPath, [file], { env }), { seen: "" });
  for (const stream of [bot.stdout, bot.stderr]) stream?.on("data", (chunk) => (bot.seen += String(chunk)));
  return bot;
}

test("[PT13] the bot of the documentation answers, and ends when its token is revoked", async () => {
  const directory = await mkdtemp(join(tmpdir(), "parley-bot-"));
  const { user, token, accessToken } = await callAs(admin)(createBot, {
    body: { username: "echo", displayName: "Echo", scopes: ["read", "write"] },
  });
  const bot = await startBot(directory, accessToken);
  const ended = new Promise<number | null>((resolve) => bot.once("exit", resolve));
  try {
    await waitUntil("the bot to be ready", () => bot.seen.includes("echo is ready"));
    await callAs(ann)(addMember, { params: { channelId }, body: { userId: user.id } });
    const texts = async (): Promise<string[]> =>
      (await callAs(ann)(getChannelMessages, { params: { channelId } })).items
        .filter(({ authorId }) => authorId === user.id)
        .map(({ content }) => content);
    // The bot learns of its membership by an event; a message before it has subscribed is not its concern.
    await waitUntil("the bot to answer", async () => {
      await callAs(ann)(createMessage, { params: { channelId }, body: { content: "!echo hello" } });
      return (await texts()).includes("hello");
    });
    const params = { userId: user.id, tokenId: token.id };
    await callAs(admin)(revokeBotToken, { params });
    expect(await ended, bot.seen).toBe(1);
  } finally {
    bot.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  }
});

test("[PT11] an application adds chat with a server key, from key to socket", async () => {
  const { secret } = await callAs(admin)(createServerKey, { body: { name: "shop" } });
  const { call } = createClient({ url: server.url, token: secret });
  const params = { externalId: "4711" };
  const user = await call(putServerUser, { params, body: { username: "customer" } });
  const { accessToken } = await call(createServerUserToken, { params, body: {} });
  const acting = await fetch(`${server.url}/v1/channels`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${secret}`,
      "X-Parley-As": user.id,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ name: "order 1" }),
  });
  expect(acting.status).toBe(201);
  const { id } = (await acting.json()) as { id: string };
  const customer = createClient({ url: server.url, token: accessToken });
  const realtime = customer.connect();
  const room = realtime.subscribe(id);
  await room.live();
  const { message } = await room.send("messageCreate", { content: "Where is my order?" });
  expect(message?.authorId).toBe(user.id);
  realtime.close();
});
