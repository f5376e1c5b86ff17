import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket as WsSocket } from "ws";
import { createChannel, createClient, createMessage, type ServerEnvelope } from "../../src/client/index.ts";
import { parseFrame } from "../../src/client/server-frame.ts";
import { raisedLimits } from "../support/raised-limits.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

let server: WorkerdServer;
let ann: TestUser;
beforeAll(async () => {
  server = await WorkerdServer.start(raisedLimits);
  [ann] = (await server.createUsers("ann")) as [TestUser];
});
afterAll(() => server.remove());

type Client = "Node" | "ws";
type Via = "room" | "gateway";

interface Received {
  protocol: string;
  frames: string[];
  close(): void;
}

/** Connects, subscribes, and collects the frames. */
async function connect(
  client: Client,
  via: Via,
  channelId: string,
  protocols: string[],
  since: number,
): Promise<Received> {
  const position = `?since=${since}`;
  const path = via === "room" ? `/v1/channels/${channelId}/realtime${position}` : "/v1/realtime";
  const url = `${server.url.replace("http", "ws")}${path}`;
  const headers = { Authorization: `Bearer ${ann.tokens.accessToken}` };
  const socket =
    client === "ws"
      ? new WsSocket(url, protocols, { headers })
      : new WebSocket(url, { protocols, headers } as unknown as string[]);
  const frames: string[] = [];
  socket.addEventListener("message", ({ data }: { data: unknown }) => frames.push(String(data)));
  await waitUntil("hello", () => frames.length > 0);
  if (via === "gateway")
    socket.send(JSON.stringify({ id: 1, type: "subscribe", channelId, data: { since } }));
  await waitUntil("subscribed", () => frames.some((frame) => frame.includes('"type":"subscribed"')));
  return { protocol: socket.protocol, frames, close: () => socket.close() };
}

const eventsIn = ({ frames }: Received): ServerEnvelope[] =>
  frames.flatMap((frame) => parseFrame(frame) ?? []).filter((envelope) => envelope.type === "messageCreate");

test.for(
  (["Node", "ws"] as const).flatMap((client) =>
    (["room", "gateway"] as const).map((via) => ({ client, via })),
  ),
)("[RM17] $client receives both forms of events from the $via", async ({ client, via }) => {
  const { call } = createClient({ url: server.url, tokens: ann.tokens });
  const { id: channelId, seq } = await call(createChannel, { body: { name: `${client} ${via}` } });
  const say = (content: string) => call(createMessage, { params: { channelId }, body: { content } });
  for (let n = 0; n < 5; n++) await say(`replayed ${n} 🙂`);
  const plain = await connect(client, via, channelId, ["parley.v1"], seq);
  const compact = await connect(client, via, channelId, ["parley.v1.compact", "parley.v1"], seq);
  for (let n = 0; n < 5; n++) await say(`live ${n} "quoted"`);
  await waitUntil("all events", () => [plain, compact].every((one) => eventsIn(one).length === 10));

  expect(plain.protocol).toBe("parley.v1");
  expect(compact.protocol).toBe("parley.v1.compact");
  expect(JSON.stringify(eventsIn(compact))).toBe(JSON.stringify(eventsIn(plain)));
  const isCompact = (frame: string) => frame.includes('{"type":"events"');
  expect(plain.frames.some(isCompact)).toBe(false);
  expect(compact.frames.filter((frame) => frame.includes("messageCreate"))).toEqual([]);
  for (const one of [plain, compact]) one.close();
});
