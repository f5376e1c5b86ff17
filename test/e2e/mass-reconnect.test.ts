import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChannel, createClient, createMessage, type Realtime } from "../../src/client/index.ts";
import { UnreliableProxy } from "./support/unreliable-proxy.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const clients = 1_000;
const rooms = 20;
const downMs = 500;

let server: WorkerdServer;
let proxy: UnreliableProxy;

beforeAll(async () => {
  server = await WorkerdServer.start();
  // Its address stays the same while the server's port changes.
  proxy = await UnreliableProxy.listen(() => server.port, Math.random);
  proxy.stabilize();
});
afterAll(async () => {
  await proxy.close();
  await server.remove();
});

test("[CL3] after an outage of 8 s a client is live within 3 s of the server's return", async () => {
  const [ann] = (await server.createUsers("ann")) as [TestUser];
  const realtime = createClient({ url: proxy.url, tokens: ann.tokens }).connect({ unreadsEveryMs: 0 });
  try {
    await realtime.live();
    await server.kill();
    await sleep(8_000);
    await server.restart();
    const returned = performance.now();
    await realtime.live();
    console.log(`1 client live ${secondsSince(returned)} s after the server's return`);
    // At most 2 s of backoff; the rest is for a busy machine.
    expect(performance.now() - returned).toBeLessThan(5_000);
  } finally {
    realtime.close();
  }
});

test("[CL6] [GW1] [RM5] 1,000 clients reconnect within 30 s, without queries of D1", async () => {
  const users = await server.createUsers(...Array.from({ length: clients }, (_, index) => `herd-${index}`));
  const [speaker] = users as [TestUser];
  const { call } = createClient({ url: server.url, tokens: speaker.tokens });
  const channelIds: string[] = [];
  for (let index = 0; index < rooms; index++)
    channelIds.push((await call(createChannel, { body: { name: `herd ${index}` } })).id);

  let receivedCount = 0;
  const connections = users.map(({ tokens }, index) => {
    // Only the cost of reconnecting; the client fetches unreads at separate intervals.
    const realtime = createClient({ url: proxy.url, tokens }).connect({ unreadsEveryMs: 0 });
    realtime.subscribe(channelIds[index % rooms]!).on("messageCreate", () => receivedCount++);
    return realtime;
  });
  try {
    const begun = performance.now();
    await allLive(connections, 60);
    console.log(`1,000 clients live after ${secondsSince(begun)} s`);

    await server.kill();
    await waitUntil("the disconnects", () => connections.every(({ state }) => state !== "live"));
    await sleep(downMs);
    await server.restart();
    const returned = performance.now();
    const { call: callServer } = createClient({ url: server.url, tokens: speaker.tokens });
    await Promise.all(
      channelIds.map((channelId) =>
        callServer(createMessage, { params: { channelId }, body: { content: "welcome back" } }),
      ),
    );
    await allLive(connections, 30);
    console.log(`live again ${secondsSince(returned)} s after its return`);
    expect(receivedCount).toBe(clients);

    const statements = [...(await server.takeQueryCounts()).keys()];
    expect(statements.filter((statement) => /^\s*select/i.test(statement))).toEqual([]);
  } finally {
    for (const realtime of connections) realtime.close();
  }
});

const secondsSince = (ms: number): string => ((performance.now() - ms) / 1_000).toFixed(1);

const allLive = (connections: readonly Realtime[], withinSeconds: number): Promise<void> =>
  waitUntil(
    "all clients to be live",
    () => connections.every(({ state }) => state === "live"),
    withinSeconds,
  );
