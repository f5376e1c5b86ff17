import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChannel, createClient, getSessions } from "../../src/client/index.ts";
import { RawClient } from "./support/raw-client.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const idleMs = 12_000;
/** Longer than the idle timeout, and than the interval at which a room reports heartbeats that did not wake it. */
const usedForMs = 17_000;
const connections = 12;

let server: WorkerdServer;
let ann: TestUser;
let channelId: string;

beforeAll(async () => {
  server = await WorkerdServer.start({
    SESSION_IDLE_MS: String(idleMs),
    USER_CONNECTIONS: String(connections),
  });
  [ann] = (await server.createUsers("ann")) as [TestUser];
  const { call } = createClient({ url: server.url, tokens: ann.tokens });
  channelId = (await call(createChannel, { body: { name: "in use" } })).id;
});
afterAll(() => server?.remove());

const say = (client: RawClient) =>
  client.send({ type: "messageCreate", channelId, data: { content: "still here" } });
const uses: Record<string, { path: string; subscribes?: boolean; use?: (client: RawClient) => void }> = {
  "direct, messages": { path: "room", use: say },
  "direct, heartbeats": { path: "room", use: (client) => client.sendText("ping") },
  "direct, seen": { path: "room", use: (client) => client.send({ type: "seen", data: { bytes: 1 } }) },
  "gateway, subscribed, messages": { path: "gateway", subscribes: true, use: say },
  "gateway, messages": { path: "gateway", use: say },
  "gateway, heartbeats": { path: "gateway", use: (client) => client.sendText("ping") },
  "direct, silent": { path: "room" },
  "gateway, silent": { path: "gateway" },
};

const open = async (path: string, { tokens }: TestUser): Promise<RawClient> =>
  RawClient.open({
    port: server.port,
    token: tokens.accessToken,
    path: path === "room" ? `/v1/channels/${channelId}/realtime` : "/v1/realtime",
  });

test("[AC12] frames keep a session alive; without any it ends with 4401 when idle", async () => {
  const clients = await Promise.all(
    Object.entries(uses).map(async ([name, { path, subscribes, use }]) => {
      const device = await server.createSession(ann);
      const client = await open(path, device);
      await client.receives('"hello"');
      if (subscribes) client.send({ type: "subscribe", channelId });
      return { name, use, client, device };
    }),
  );
  const begun = Date.now();
  while (Date.now() - begun < usedForMs) {
    for (const { use, client } of clients) use?.(client);
    await sleep(500);
  }
  const ended = (): string[] =>
    clients.filter(({ client }) => client.closeCode !== undefined).map(({ name }) => name);
  await waitUntil("the idle sockets to end", () => ended().length >= 2);
  expect(ended()).toEqual(["direct, silent", "gateway, silent"]);
  expect(new Set(clients.map(({ client }) => client.closeCode))).toEqual(new Set([undefined, 4401]));

  const { call } = createClient({ url: server.url, tokens: clients[0]!.device.tokens });
  const { items } = await call(getSessions);
  const first = items.find(({ current }) => current);
  expect(Date.parse(first!.lastUsedAt)).toBeGreaterThan(begun + usedForMs - idleMs);
  for (const { client } of clients) client.destroy();
});

test("[LM3] the sockets of a user are limited over all rooms, and freed when closed", async () => {
  const person = await server.createSession(ann);
  const { call } = createClient({ url: server.url, tokens: person.tokens });
  await waitUntil("the previous sockets to end", async () => {
    const [room, hub] = await Promise.all([
      server.inspectObject("room", channelId),
      server.inspectObject("hub", ann.userId),
    ]);
    return room.sockets + hub.sockets === 0;
  });
  const other = (await call(createChannel, { body: { name: "another room" } })).id;
  const paths = ["/v1/realtime", `/v1/channels/${channelId}/realtime`, `/v1/channels/${other}/realtime`];
  const openMany = () =>
    Promise.all(
      Array.from({ length: 2 * connections }, (_, index) =>
        RawClient.open({
          port: server.port,
          token: person.tokens.accessToken,
          path: paths[index % paths.length]!,
        }),
      ),
    );
  for (const ending of ["close frame", "FIN", "the room dies"] as const) {
    const clients = await openMany();
    const accepted = clients.filter(({ isOpen }) => isOpen);
    expect(accepted, ending).toHaveLength(connections);
    for (const { status } of clients.filter(({ isOpen }) => !isOpen))
      expect(status).toMatch(/^HTTP\/1\.1 429 .*"code":"rate_limited"/);
    if (ending === "the room dies") {
      for (const id of [channelId, other]) await server.abortObject("room", id);
      await server.abortObject("hub", ann.userId);
    } else for (const client of accepted) client.sendAndEnd([], ending);
    await waitUntil("the sockets to end", async () => {
      const looks = [channelId, other].map((id) => server.inspectObject("room", id));
      const all = await Promise.all([...looks, server.inspectObject("hub", ann.userId)]);
      return all.every(({ sockets }) => sockets === 0);
    });
    // Rooms are called at most once a second.
    await sleep(1_100);
  }
  const last = await open("gateway", person);
  expect(last.isOpen).toBe(true);
  last.destroy();
});
