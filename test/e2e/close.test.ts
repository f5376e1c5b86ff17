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
import { ChromiumPage } from "./support/chromium-page.ts";
import { chromiumPath } from "./support/chromium-path.ts";
import { frameOf, headOf, RawSocket } from "./support/raw-socket.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

/**
 * The goal is 200 ms, and 5 to 50 ms are measured; the bound leaves room for a busy machine. Without the Worker's
 * close frame, Node's WebSocket and `ws` took 15 s and more.
 */
const promptMs = 2_000;

/** A room hibernates after 10 s without a call. */
const hibernatesMs = 22_000;

type SocketPath = "room" | "gateway";
const socketPaths = ["room", "gateway"] as const;

let server: WorkerdServer;
let chromium: ChromiumPage | undefined;
let owner: TestUser;
/** A room that is idle until the last test. */
let idle: { at: Scenario; clients: CloseClient[]; bornAt: number; since: number };
let count = 0;

beforeAll(async () => {
  if (chromiumPath !== undefined) chromium = await ChromiumPage.start(chromiumPath);
  server = await WorkerdServer.start({
    ...(chromium && { ALLOWED_ORIGINS: chromium.origin }),
    SOCKET_INVALID_FRAMES_PER_MINUTE: "3",
    SOCKET_REJECTIONS_PER_MINUTE: "3",
    // A client that is 1 MiB behind is closed.
    ROOM_SLOW_BYTES: "1",
    GATEWAY_SLOW_BYTES: "1",
  });
  [owner] = (await server.createUsers("owner")) as [TestUser];
  const at = await createScenario("room");
  const clients = await openEach(at);
  const { bornAt } = await server.inspectObject("room", at.channelId);
  idle = { at, clients, bornAt, since: performance.now() };
});
afterAll(async () => {
  await chromium?.stop();
  await server.remove();
});

interface Scenario {
  socketPath: SocketPath;
  channelId: string;
  reader: TestUser;
  path: string;
}

const callAs = ({ tokens }: TestUser) => createClient({ url: server.url, tokens }).call;

/** Creates a private channel of the owner's with one member. */
async function createScenario(socketPath: SocketPath): Promise<Scenario> {
  const name = `close-${++count}`;
  const [reader] = (await server.createUsers(name)) as [TestUser];
  const { id: channelId } = await callAs(owner)(createChannel, { body: { name, isPrivate: true } });
  await callAs(owner)(addMember, { params: { channelId }, body: { userId: reader.userId } });
  const path = socketPath === "room" ? `/v1/channels/${channelId}/realtime` : "/v1/realtime";
  return { socketPath, channelId, reader, path };
}

const openEach = ({ reader, path }: Scenario): Promise<CloseClient[]> =>
  openAll({ port: server.port, path, token: reader.tokens.accessToken });

const sendEach = (clients: CloseClient[], frames: number, frame: string): void => {
  for (const client of clients) for (let sent = 0; sent < frames; sent++) client.send(frame);
};

const logOut = ({ reader }: Scenario): Promise<unknown> =>
  callAs(reader)(endSession, { params: { sessionId: reader.sessionId } });

const remove = ({ channelId, reader }: Scenario): Promise<unknown> =>
  callAs(owner)(removeMember, { params: { channelId, userId: reader.userId } });

/** Sends more than 1 MiB that the client does not confirm. */
async function flood({ socketPath, channelId }: Scenario, clients: CloseClient[]): Promise<void> {
  if (socketPath === "gateway")
    sendEach(clients, 1, JSON.stringify({ id: 1, type: "subscribe", channelId, data: {} }));
  const body = { content: "👍".repeat(8_000) };
  for (let sent = 0; sent < 40; sent++) await callAs(owner)(createMessage, { params: { channelId }, body });
}

interface Closing {
  code: number;
  doors: readonly SocketPath[];
  why: string;
  act(at: Scenario, clients: CloseClient[]): unknown;
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
    doors: socketPaths,
    why: "a frame over 1 MiB",
    act: (_, clients) => sendEach(clients, 1, "x".repeat(1_100_000)),
  },
  {
    code: 1012,
    doors: ["gateway"],
    why: "a hub that dies",
    act: ({ reader }) => server.abortObject("hub", reader.userId),
  },
  {
    code: 4400,
    doors: socketPaths,
    why: "unreadable frames",
    act: (_, clients) => sendEach(clients, 5, "nonsense"),
  },
  { code: 4401, doors: socketPaths, why: "the end of the session", act: logOut },
  {
    code: 4401,
    doors: socketPaths,
    why: "the end of the session, hibernated",
    act: logOut,
    hibernates: true,
  },
  { code: 4403, doors: ["room"], why: "a removal", act: remove },
  { code: 4403, doors: ["room"], why: "a removal, hibernated", act: remove, hibernates: true },
  { code: 4408, doors: socketPaths, why: "unread bytes", act: flood },
  {
    code: 4429,
    doors: socketPaths,
    why: "too many frames",
    act: (_, clients) => sendEach(clients, 100, '{"id":1,"type":"ping"}'),
  },
];

test.for(
  closings.flatMap(({ doors: of, ...closing }) => of.map((socketPath) => ({ ...closing, socketPath }))),
)(
  "[CF1] $code for $why ends every client's TCP connection, via the $socketPath",
  async ({ code, act, hibernates, socketPath }) => {
    const at = await createScenario(socketPath);
    const clients = await openEach(at);
    if (hibernates)
      await server.evictObject(
        socketPath === "room" ? "room" : "hub",
        socketPath === "room" ? at.channelId : at.reader.userId,
      );
    const ended = Promise.all(
      clients.map(async (client) => ({ code: await client.ended, at: performance.now() })),
    );
    await act(at, clients);
    const actedAt = performance.now();
    const ends = await ended;
    for (const client of clients) client.destroy();
    const tookMs = ends.map((end) => Math.round(end.at - actedAt));
    console.log({ socketPath, code, hibernates, tookMs });
    expect(ends.map((end) => end.code)).toEqual([code, code, code]);
    expect(Math.max(...tookMs)).toBeLessThan(promptMs);
  },
);

test.skipIf(chromiumPath === undefined).for([
  { socketPath: "room", code: 4403, act: remove },
  { socketPath: "room", code: 4401, act: logOut },
  { socketPath: "gateway", code: 4401, act: logOut },
] as const)(
  "[CF1] $code reaches a page in Chromium, via the $socketPath",
  async ({ socketPath, code, act }) => {
    const at = await createScenario(socketPath);
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
    console.log({ socketPath, code, ms });
    // Without the Worker's close frame Chromium gives up after 2 s.
    expect(ms).toBeLessThan(1_500);
  },
);

test("[CF2] a client that does not echo a close frame is cut after 5 s, on both paths", async () => {
  const tookMs = await Promise.all(
    socketPaths.map(async (socketPath) => {
      const at = await createScenario(socketPath);
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

test("[CF2] a room's clients are cut though the one that connected first is gone", async () => {
  const at = await createScenario("room");
  const { accessToken: token } = at.reader.tokens;
  const open = async (): Promise<RawSocket> => {
    const socket = new RawSocket({ port: server.port, path: at.path, token, echoes: false });
    await socket.upgraded;
    return socket;
  };
  const [first, second] = [await open(), await open()];
  first.destroy();
  await sleep(500);
  const third = await open();
  await logOut(at);
  expect(await Promise.all([second.closeCode, third.closeCode])).toEqual([4401, 4401]);
  const closedAt = performance.now();
  await Promise.all([second.ended, third.ended]);
  expect(performance.now() - closedAt).toBeLessThan(5_000 + promptMs);
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

test.for(socketPaths)(
  "[CF3] any way in which a client closes ends the TCP connection, via the %s",
  async (socketPath) => {
    const at = await createScenario(socketPath);
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
    console.log({ socketPath, results });
    expect(results.filter(({ isExpected }) => !isExpected)).toEqual([]);
    expect(results.filter(({ ms }) => ms > promptMs)).toEqual([]);
    await expect.poll(async () => (await server.inspectObject("hub", at.reader.userId)).sockets).toBe(0);
    await expect.poll(async () => (await server.inspectObject("room", at.channelId)).sockets).toBe(0);
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
  const { bornAt } = await server.inspectObject("room", idle.at.channelId);
  expect(bornAt).toBeGreaterThan(idle.bornAt);
});

test.for(socketPaths)("[CF4] permessage-deflate is not negotiated, via the %s", async (socketPath) => {
  const at = await createScenario(socketPath);
  const socket = new RawSocket({
    port: server.port,
    path: at.path,
    token: at.reader.tokens.accessToken,
    headers: ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"],
  });
  expect((await socket.upgraded).toLowerCase()).not.toContain("sec-websocket-extensions");
  socket.destroy();
});
