import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createChannel,
  createClient,
  getChannelMessages,
  type ParleyClient,
} from "../../src/client/index.ts";
import { type Ending, RawClient } from "./support/raw-client.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const clients = 20;
const commandsEach = 3;

/** The client's state when it sends its last frames, and the frames before the command. */
const situations = ["direct", "subscribed", "not subscribed", "subscribing", "unsubscribing"] as const;
type Situation = (typeof situations)[number];

let server: WorkerdServer;
let ann: TestUser;
let api: ParleyClient;
let channels = 0;

beforeAll(async () => {
  server = await WorkerdServer.start();
  [ann] = (await server.createUsers("ann")) as [TestUser];
  api = createClient({ url: server.url, tokens: ann.tokens });
});
afterAll(() => server?.remove());

const newChannel = async (): Promise<string> =>
  (await api.call(createChannel, { body: { name: `leaving ${++channels}` } })).id;

async function connect(situation: Situation, channelId: string): Promise<RawClient> {
  const path = situation === "direct" ? `/v1/channels/${channelId}/realtime` : "/v1/realtime";
  const client = await RawClient.open({ port: server.port, token: ann.tokens.accessToken, path });
  await client.receives('"hello"');
  if (situation === "subscribed" || situation === "unsubscribing") {
    client.send({ type: "subscribe", channelId });
    await client.receives('"subscribed"');
  }
  return client;
}

const framesBefore = (situation: Situation, channelId: string): object[] => {
  if (situation === "subscribing") return [{ type: "subscribe", channelId }];
  if (situation === "unsubscribing") return [{ type: "unsubscribe", channelId }];
  return [];
};

/** Sends commands on each of 20 connections and ends each at once. Returns the committed contents, in log order. */
async function sendAndLeave(situation: Situation, ending: Ending, waitSeconds: number): Promise<string[]> {
  const channelId = await newChannel();
  const open = await Promise.all(Array.from({ length: clients }, () => connect(situation, channelId)));
  for (const [index, client] of open.entries()) {
    const commands = contentsOf(index).map((content) => ({
      type: "messageCreate",
      channelId,
      data: { content },
    }));
    client.sendAndEnd([...framesBefore(situation, channelId), ...commands], ending);
  }
  const committed = async (): Promise<string[]> => {
    const page = await api.call(getChannelMessages, { params: { channelId }, query: { limit: 100 } });
    return page.items.map(({ content }) => content);
  };
  const all = clients * commandsEach;
  await waitUntil("the commands", async () => (await committed()).length === all, waitSeconds).catch(
    () => {},
  );
  await waitUntil(
    "the sockets to end",
    async () => (await server.inspectObject("room", channelId)).sockets === 0,
  );
  for (const client of open) client.destroy();
  return committed();
}

const contentsOf = (client: number): string[] =>
  Array.from({ length: commandsEach }, (_, index) => `${client}.${index}`);
const everything = Array.from({ length: clients }, (_, client) => contentsOf(client)).flat();

/** Groups the committed contents by client, in log order. */
const byClient = (committed: readonly string[]): string[] =>
  committed.toSorted((one, other) => Number.parseInt(one) - Number.parseInt(other));

for (const ending of ["close frame", "FIN"] as const)
  test.for(situations)(
    `[GW10] commands followed at once by a ${ending} are executed in order: %s`,
    async (situation) => {
      expect(byClient(await sendAndLeave(situation, ending, 5))).toEqual(everything);
    },
  );

// After an RST the platform may drop frames that it has received and not yet passed to the Worker.
test.for(situations)("[GW10] an RST right after commands leaves no socket: %s", async (situation) => {
  const committed = await sendAndLeave(situation, "RST", 1);
  console.log({ situation, ending: "RST", committed: committed.length });
  expect(everything).toEqual(expect.arrayContaining(committed));
});

// An RST during the upgrade to a room's own socket is not reported to the room: its idle reaper closes that socket
// (GW8).
test.for([
  ["/v1/realtime", "FIN"],
  ["/v1/realtime", "RST"],
  ["/v1/channels/:channelId/realtime", "FIN"],
] as const)(
  "[GW9] a client that disconnects while it connects leaves no socket: %s, %s",
  async ([route, ending]) => {
    const channelId = await newChannel();
    const path = route.replace(":channelId", channelId);
    for (let waitMs = 0; waitMs < clients; waitMs++) {
      const client = new RawClient({ port: server.port, token: ann.tokens.accessToken, path });
      await client.connected;
      await sleep(waitMs);
      client.sendAndEnd([], ending);
      await waitUntil("the connection to end", () => client.isClosed);
    }
    await waitUntil("the sockets to end", async () => {
      const [room, hub] = await Promise.all([
        server.inspectObject("room", channelId),
        server.inspectObject("hub", ann.userId),
      ]);
      return room.sockets + hub.sockets === 0;
    });
  },
);
