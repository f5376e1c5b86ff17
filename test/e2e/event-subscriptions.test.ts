import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createChannel,
  createClient,
  createMessage,
  requireMessage,
  createEventSubscription,
  getEventDeliveries,
  redeliverEvent,
} from "../../src/client/index.ts";
import { freePort } from "../../scripts/support/free-port.ts";
import { privateUrls } from "../support/private-addresses.ts";
import { type Received, Receiver } from "../support/receiver.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

let server: WorkerdServer;
let admin: TestUser;
const receivers: Receiver[] = [];

beforeAll(async () => {
  server = await WorkerdServer.start({ OUTBOUND_ALLOW_LOOPBACK: "on" });
  admin = await server.createAdmin("boss");
});
afterAll(async () => {
  for (const receiver of receivers) receiver.stop();
  await server?.remove();
});

const call = () => createClient({ url: server.url, tokens: admin.tokens }).call;
const newChannel = async (name: string) => (await call()(createChannel, { body: { name } })).id;
const post = async (channelId: string, content: string) =>
  requireMessage(await call()(createMessage, { params: { channelId }, body: { content, nonce: content } }));

async function newReceiver(channelIds: string[]) {
  const receiver = await Receiver.start();
  receivers.push(receiver);
  const body = { name: "e2e", url: receiver.url, events: ["messageCreate" as const], channelIds };
  const { subscription, secret } = await call()(createEventSubscription, { body });
  return { receiver, id: subscription.id, secret };
}

test("[WH4] standardwebhooks verifies a delivery, but no flipped byte and no skew", async () => {
  const channelId = await newChannel("signed");
  const { receiver, secret, id } = await newReceiver([channelId]);
  await post(channelId, "Grüße 👋");
  await waitUntil("the delivery", () => receiver.received.length === 1);
  const [{ text, headers, body }] = receiver.received as [Received];
  const verifier = new Verifier(secret);
  expect(verifier.verify(text, headers)).toEqual(body);
  expect(body.data.message.content).toBe("Grüße 👋");
  const bytes = Buffer.from(text);
  for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const flipped = Buffer.from(bytes);
    flipped[at] = flipped[at]! ^ 1;
    expect(() => verifier.verify(flipped, headers)).toThrow();
  }
  for (const skew of [-360, 360]) {
    const moved = { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + skew) };
    expect(() => verifier.verify(text, moved)).toThrow(/timestamp|signature/);
  }
  const params = { subscriptionId: id, deliveryId: headers["webhook-id"]! };
  const again = await call()(redeliverEvent, { params });
  expect(again).toMatchObject({ status: 204, attempts: 2 });
  expect(receiver.received[1]?.id).toBe(params.deliveryId);
});

test("[WH3] a kill with 500 pending deliveries: each arrives in order with its id", async () => {
  const channels = await Promise.all([1, 2, 3, 4, 5].map((at) => newChannel(`kill-${at}`)));
  const { receiver } = await newReceiver(channels);
  const perChannel = 100;
  receiver.answer = () => 503;
  await Promise.all(
    channels.map(async (channelId) => {
      for (let first = 0; first < perChannel; first += 25)
        await Promise.all(
          Array.from({ length: 25 }, (_, at) => post(channelId, `${channelId} ${first + at}`)),
        );
    }),
  );
  await waitUntil("the first attempts", () => channels.every((id) => receiver.accepted(id).length > 0));
  await server.kill();
  let accepted = 0;
  receiver.answer = () => {
    accepted++;
    return 204;
  };
  await server.restart();
  await waitUntil("some deliveries", () => accepted > 100, 60);
  await server.kill();
  const before = accepted;
  await server.restart();
  await waitUntil(
    "all deliveries",
    () => channels.every((id) => new Set(receiver.accepted(id).map((event) => event.id)).size === perChannel),
    60,
  );
  expect(before).toBeLessThan(500);
  for (const channelId of channels) {
    const events = receiver.accepted(channelId);
    const seqOf = new Map<string, Set<number>>();
    for (const { id, body } of events) seqOf.set(id, (seqOf.get(id) ?? new Set()).add(body.seq));
    expect([...seqOf.values()].every((seqs) => seqs.size === 1)).toBe(true);
    // An event is repeated, but never sent before an earlier one was accepted.
    const seqs = events.map(({ body }) => body.seq as number);
    expect(seqs.every((seq, at) => at === 0 || seq >= seqs[at - 1]!)).toBe(true);
  }
});

test("[WH3] a receiver that never responds delays no other subscription", async () => {
  const channelId = await newChannel("slow");
  const [slow, fast] = [await newReceiver([channelId]), await newReceiver([channelId])];
  let release = () => {};
  slow.receiver.answer = () => new Promise((resolve) => (release = () => resolve(204)));
  const startedAt = Date.now();
  for (let at = 0; at < 20; at++) await post(channelId, `message ${at}`);
  await waitUntil("the fast receiver", () => fast.receiver.received.length === 20);
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  expect(slow.receiver.received).toHaveLength(1);
  release();
});

test("[WH11] a redirection is not followed, and no private address is called", async () => {
  let connections = 0;
  const canary = createTcpServer((socket) => {
    connections++;
    socket.destroy();
  });
  canary.listen(0);
  await once(canary, "listening");
  const { port } = canary.address() as AddressInfo;
  const redirecting = createServer((_, response) => {
    response.writeHead(307, { Location: `http://127.0.0.1:${port}/` }).end();
  });
  redirecting.listen(0, "127.0.0.1");
  await once(redirecting, "listening");
  const channelId = await newChannel("redirected");
  const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`;
  const body = { name: "redirect", url, events: ["messageCreate" as const], channelIds: [channelId] };
  const { subscription } = await call()(createEventSubscription, { body });
  await post(channelId, "redirect me");
  const params = { subscriptionId: subscription.id };
  await waitUntil(
    "the attempt",
    async () => (await call()(getEventDeliveries, { params })).items.length === 1,
  );
  const [delivery] = (await call()(getEventDeliveries, { params })).items;
  expect(delivery).toMatchObject({ status: 307, state: "retrying", error: "status" });
  expect(connections).toBe(0);

  const production = await WorkerdServer.start({
    ENVIRONMENT: "production",
    SETUP_TOKEN: "setup-token-of-tests",
    OUTBOUND_PORTS: `443,${port}`,
  });
  try {
    const boss = await production.createAdmin("boss");
    const spellings = privateUrls(port);
    const attempt = createClient({ url: production.url, tokens: boss.tokens }).call;
    const reject = async (spelling: string) => {
      const rejected = attempt(createEventSubscription, {
        body: { ...body, channelIds: undefined, url: spelling },
      });
      await expect(rejected, spelling).rejects.toMatchObject({ code: "validation_failed" });
    };
    for (let first = 0; first < spellings.length; first += 25)
      await Promise.all(spellings.slice(first, first + 25).map(reject));
    expect(spellings.length).toBeGreaterThan(150);
    expect(connections).toBe(0);
  } finally {
    await production.remove();
    canary.close();
    redirecting.close();
    redirecting.closeAllConnections();
  }
});

test("[WH4] the receiver of docs/event-subscriptions.md runs as it is printed", async () => {
  const page = await readFile(join(root, "docs/event-subscriptions.md"), "utf8");
  const [, code] = /```js receiver\.mjs\n([\s\S]*?)```/.exec(page) ?? [];
  const directory = join(root, "node_modules/.cache/parley-webhook-receiver");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "receiver.mjs"), code!);
  const port = await freePort();
  const channelId = await newChannel("documented");
  const { subscription, secret } = await call()(createEventSubscription, {
    body: {
      name: "docs",
      url: `http://127.0.0.1:${port}/parley`,
      events: ["messageCreate"],
      channelIds: [channelId],
    },
  });
  let output = "";
  const child: ChildProcess = spawn(process.execPath, [join(directory, "receiver.mjs")], {
    env: { ...process.env, PORT: String(port), SUBSCRIPTION_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout?.on("data", (chunk) => (output += String(chunk)));
  try {
    await waitUntil("the receiver", () => output.includes("ready"));
    const forged = await fetch(`http://127.0.0.1:${port}/parley`, { method: "POST", body: "{}" });
    expect(forged.status).toBe(401);
    const { seq } = await post(channelId, "as documented");
    await waitUntil("the event", () => output.includes(`${seq} messageCreate as documented`));
    expect(subscription.state).toBe("active");
  } finally {
    child.kill();
    await once(child, "exit");
    await rm(directory, { recursive: true, force: true });
  }
});
