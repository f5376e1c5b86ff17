import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addMember,
  createChannel,
  createClient,
  createMessage,
  createTicket,
  endSession,
  removeMember,
} from "../../src/client/index.ts";
import { type CloseClient, openAll } from "./support/close-clients.ts";
import { ChromiumPage, chromiumPath } from "./support/chromium-page.ts";
import { frameOf, headOf, RawSocket } from "./support/raw-socket.ts";
import { type Person, Workerd } from "./support/workerd-server.ts";

/**
 * The goal is 200 ms, and 5 to 50 ms are measured; the bound leaves room for a busy machine. Without the Worker's
 * close frame, Node's WebSocket and `ws` took 15 s and more.
 */
const promptMs = 2_000;

/** A room hibernates after 10 s without a call. */
const hibernatesMs = 22_000;

type Door = "room" | "gateway";
const doors = ["room", "gateway"] as const;

let server: Workerd;
let chromium: ChromiumPage | undefined;
let owner: Person;
/** A room that is idle until the last test. */
let idle: { at: Stage; clients: CloseClient[]; bornAt: number; since: number };
let count = 0;

beforeAll(async () => {
  if (chromiumPath !== undefined) chromium = await ChromiumPage.start(chromiumPath);
  server = await Workerd.start({
    ...(chromium && { ALLOWED_ORIGINS: chromium.origin }),
    SOCKET_INVALID_FRAMES_PER_MINUTE: "3",
    SOCKET_REJECTIONS_PER_MINUTE: "3",
    // A client that is 1 MiB behind is closed.
    ROOM_SLOW_BYTES: "1",
    GATEWAY_SLOW_BYTES: "1",
  });
  [owner] = (await server.people("owner")) as [Person];
  const at = await stage("room");
  const clients = await openEach(at);
  const { bornAt } = await server.look("room", at.channelId);
  idle = { at, clients, bornAt, since: performance.now() };
});
afterAll(async () => {
  await chromium?.stop();
  await server.remove();
});

interface Stage {
  door: Door;
  channelId: string;
  reader: Person;
  path: string;
}

const callAs = ({ tokens }: Person) => createClient({ url: server.url, tokens }).call;

/** Creates a private channel of the owner's with one member. */
async function stage(door: Door): Promise<Stage> {
  const name = `close-${++count}`;
  const [reader] = (await server.people(name)) as [Person];
  const { id: channelId } = await callAs(owner)(createChannel, { body: { name, isPrivate: true } });
  await callAs(owner)(addMember, { params: { channelId }, body: { userId: reader.userId } });
  const path = door === "room" ? `/v1/channels/${channelId}/realtime` : "/v1/realtime";
  return { door, channelId, reader, path };
}

const openEach = ({ reader, path }: Stage): Promise<CloseClient[]> =>
  openAll({ port: server.port, path, token: reader.tokens.accessToken });

const sendEach = (clients: CloseClient[], frames: number, frame: string): void => {
  for (const client of clients) for (let sent = 0; sent < frames; sent++) client.send(frame);
};

const logOut = ({ reader }: Stage): Promise<unknown> =>
  callAs(reader)(endSession, { params: { sessionId: reader.sessionId } });

const remove = ({ channelId, reader }: Stage): Promise<unknown> =>
  callAs(owner)(removeMember, { params: { channelId, userId: reader.userId } });

/** Sends more than 1 MiB that the client does not confirm. */
async function flood({ door, channelId }: Stage, clients: CloseClient[]): Promise<void> {
  if (door === "gateway")
    sendEach(clients, 1, JSON.stringify({ id: 1, type: "subscribe", channelId, data: {} }));
  const body = { content: "👍".repeat(8_000) };
  for (let sent = 0; sent < 40; sent++) await callAs(owner)(createMessage, { params: { channelId }, body });
}

interface Closing {
  code: number;
  doors: readonly Door[];
  why: string;
  act(at: Stage, clients: CloseClient[]): unknown;
  /** Whether the object is evicted to hibernation before. */
  hibernates?: true;
}

const closings: Closing[] = [
  {
    code: 1000,
    doors: ["room"],
    why: "`unsubscribe`",
    act: (_, clients) => sendEach(clients, 1, '{"id":1,"type":"unsubscribe"}'),
  },
  {
    code: 1009,
    doors,
    why: "a frame over 1 MiB",
    act: (_, clients) => sendEach(clients, 1, "x".repeat(1_100_000)),
  },
  {
    code: 1012,
    doors: ["gateway"],
    why: "a hub that dies",
    act: ({ reader }) => server.die("hub", reader.userId),
  },
  { code: 4400, doors, why: "unreadable frames", act: (_, clients) => sendEach(clients, 5, "nonsense") },
  { code: 4401, doors, why: "the end of the session", act: logOut },
  { code: 4401, doors, why: "the end of the session, hibernated", act: logOut, hibernates: true },
  { code: 4403, doors: ["room"], why: "a removal", act: remove },
  { code: 4403, doors: ["room"], why: "a removal, hibernated", act: remove, hibernates: true },
  { code: 4408, doors, why: "unread bytes", act: flood },
  {
    code: 4429,
    doors,
    why: "too many frames",
    act: (_, clients) => sendEach(clients, 100, '{"id":1,"type":"ping"}'),
  },
];

test.for(closings.flatMap(({ doors: of, ...closing }) => of.map((door) => ({ ...closing, door }))))(
  "[CF1] $code for $why ends every client's TCP connection, via the $door",
  async ({ code, act, hibernates, door }) => {
    const at = await stage(door);
    const clients = await openEach(at);
    if (hibernates)
      await server.evict(door === "room" ? "room" : "hub", door === "room" ? at.channelId : at.reader.userId);
    const ended = Promise.all(
      clients.map(async (client) => ({ code: await client.ended, at: performance.now() })),
    );
    await act(at, clients);
    const actedAt = performance.now();
    const ends = await ended;
    for (const client of clients) client.destroy();
    const tookMs = ends.map((end) => Math.round(end.at - actedAt));
    console.log({ door, code, hibernates, tookMs });
    expect(ends.map((end) => end.code)).toEqual([code, code, code]);
    expect(Math.max(...tookMs)).toBeLessThan(promptMs);
  },
);

test.skipIf(chromiumPath === undefined).for([
  { door: "room", code: 4403, act: remove },
  { door: "room", code: 4401, act: logOut },
  { door: "gateway", code: 4401, act: logOut },
] as const)(
  "[CF1] $code reaches a page in Chromium, via the $door",
  async ({ door, code, act }) => {
    const at = await stage(door);
    const { ticket } = await callAs(at.reader)(createTicket);
    const url = JSON.stringify(`ws://127.0.0.1:${server.port}${at.path}`);
    await chromium!.evaluate(`new Promise((resolve, reject) => {
      const socket = new WebSocket(${url}, ["parley.v1", ${JSON.stringify(`ticket.${ticket}`)}]);
      socket.onmessage = () => resolve();
      socket.onerror = () => reject(new Error("No connection"));
      window.socketClosed = new Promise((resolve) => { socket.onclose = ({ code }) => resolve(code); });
    })`);
    await act(at);
    const actedAt = performance.now();
    expect(await chromium!.evaluate("window.socketClosed")).toBe(code);
    const ms = performance.now() - actedAt;
    console.log({ door, code, ms });
    // Without the Worker's close frame Chromium gives up after 2 s.
    expect(ms).toBeLessThan(1_500);
  },
);

test("[CF2] a client that does not echo a close frame is cut after 5 s, on both paths", async () => {
  const tookMs = await Promise.all(
    doors.map(async (door) => {
      const at = await stage(door);
      const { accessToken: token } = at.reader.tokens;
      const socket = new RawSocket({ port: server.port, path: at.path, token, echoes: false });
      await socket.upgraded;
      await logOut(at);
      expect(await socket.closeCode).toBe(4401);
      const closedAt = performance.now();
      await socket.ended;
      return performance.now() - closedAt;
    }),
  );
  expect(Math.min(...tookMs)).toBeGreaterThan(4_000);
  expect(Math.max(...tookMs)).toBeLessThan(5_000 + promptMs);
});

/** How a client may end its socket, and the code of the server's close frame. */
const endings: { by: string; act(socket: RawSocket): void; answer: number | readonly number[] }[] = [
  { by: "a close frame without a code", act: (socket) => socket.close(undefined), answer: [1000, 1005] },
  ...[1000, 1001, 1003, 3000, 4999].map((code) => ({
    by: `code ${code}`,
    act: (socket: RawSocket) => socket.close(code),
    answer: code,
  })),
  // On the gateway socket the platform itself returns such a code.
  ...[0, 999, 1004, 1006, 1015, 5000, 65_535].map((code) => ({
    by: `code ${code}`,
    act: (socket: RawSocket) => socket.close(code),
    answer: [1000, code],
  })),
  { by: "a reserved bit", act: (socket) => socket.write(frameOf(0xa1, Buffer.from("x"))), answer: 1002 },
  { by: "an unknown opcode", act: (socket) => socket.write(frameOf(0x83, Buffer.from("x"))), answer: 1002 },
  {
    by: "a fragmented control frame",
    act: (socket) => socket.write(frameOf(0x09, Buffer.from("x"))),
    answer: 1002,
  },
  {
    by: "a frame of 33 MiB",
    act: (socket) => socket.write(Buffer.concat([headOf(0x81, 33 * 1024 * 1024), Buffer.alloc(4)])),
    answer: 1009,
  },
];

test.for(doors)(
  "[CF3] any way in which a client closes ends the TCP connection, via the %s",
  async (door) => {
    const at = await stage(door);
    const { accessToken: token } = at.reader.tokens;
    const results = await Promise.all(
      endings.map(async ({ by, act, answer }) => {
        const socket = new RawSocket({ port: server.port, path: at.path, token, echoes: false });
        await socket.upgraded;
        act(socket);
        const begun = performance.now();
        const code = await Promise.race([socket.closeCode, socket.ended.then(() => "none")]);
        await socket.ended;
        return {
          by,
          code,
          isExpected: [answer].flat().includes(code as number),
          ms: performance.now() - begun,
        };
      }),
    );
    console.log({ door, results });
    expect(results.filter(({ isExpected }) => !isExpected)).toEqual([]);
    expect(results.filter(({ ms }) => ms > promptMs)).toEqual([]);
    await expect.poll(async () => (await server.look("hub", at.reader.userId)).sockets).toBe(0);
    await expect.poll(async () => (await server.look("room", at.channelId)).sockets).toBe(0);
  },
);

test("[CF1] [RM9] a hibernated room closes its sockets with 4403 as promptly", async () => {
  await sleep(Math.max(0, idle.since + hibernatesMs - performance.now()));
  const ended = Promise.all(
    idle.clients.map(async (client) => ({ code: await client.ended, at: performance.now() })),
  );
  await remove(idle.at);
  const actedAt = performance.now();
  const ends = await ended;
  for (const client of idle.clients) client.destroy();
  expect(ends.map(({ code }) => code)).toEqual([4403, 4403, 4403]);
  expect(Math.max(...ends.map((end) => end.at - actedAt))).toBeLessThan(promptMs);
  const { bornAt } = await server.look("room", idle.at.channelId);
  expect(bornAt).toBeGreaterThan(idle.bornAt);
});

test.for(doors)("[CF4] permessage-deflate is not negotiated, via the %s", async (door) => {
  const at = await stage(door);
  const socket = new RawSocket({
    port: server.port,
    path: at.path,
    token: at.reader.tokens.accessToken,
    headers: ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"],
  });
  expect((await socket.upgraded).toLowerCase()).not.toContain("sec-websocket-extensions");
  socket.destroy();
});
