import { afterAll, beforeAll, expect, test, vi } from "vitest";
import WebSocketOfWs from "ws";
import { newId } from "../../src/lib/ids.ts";
import { subprotocol } from "../../src/protocol/index.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

let server: WorkerdServer;
let ann: TestUser;
let gus: TestUser;
let owner: TestUser;
let publicId: string;
let ownId: string;

beforeAll(async () => {
  server = await WorkerdServer.start({ RATE_SEARCH_PER_MINUTE: "5" });
  [ann, gus] = (await server.createUsers("ann", "gus")) as [TestUser, TestUser];
  // The first user who registers on a local server becomes the workspace's owner.
  const body = { username: "zoe", email: "zoe@parley.test", password: "correct horse battery" };
  const { user, tokens } = (await (await call("POST", "/v1/auth/register", { body })).json()) as any;
  owner = { userId: user.id, username: "zoe", sessionId: "", tokens };
  const create = async (name: string) =>
    ((await (await call("POST", "/v1/channels", { as: ann, body: { name } })).json()) as any).id as string;
  [publicId, ownId] = [await create("public"), await create("with a guest")];
  await call("POST", `/v1/channels/${ownId}/members`, { as: ann, body: { userId: gus.userId } });
  await call("POST", `/v1/channels/${publicId}/messages`, { as: ann, body: { content: "canary" } });
});
afterAll(() => server.remove());

function call(
  method: string,
  path: string,
  { as, body }: { as?: TestUser; body?: unknown } = {},
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(as && { Authorization: `Bearer ${as.tokens.accessToken}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Connects to a room over TCP. Resolves with the socket and the code with which it closes. */
async function connect(
  as: TestUser,
  channelId: string,
): Promise<{ closed: Promise<number>; received: string[] }> {
  const url = `${server.url.replace("http", "ws")}/v1/channels/${channelId}/realtime`;
  const socket = new WebSocketOfWs(url, [subprotocol], {
    headers: { Authorization: `Bearer ${as.tokens.accessToken}` },
  });
  const received: string[] = [];
  socket.on("message", (data) => void received.push(String(data)));
  const closed = new Promise<number>((resolve) => void socket.on("close", (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    socket.once("message", () => resolve());
    socket.once("error", reject);
  });
  return { closed, received };
}

test("[GU1] [GU4] a new guest is out at once, also of a hibernated room", async () => {
  expect((await call("GET", `/v1/channels/${publicId}/messages`, { as: gus })).status).toBe(200);
  const outside = await connect(gus, publicId);
  const inside = await connect(gus, ownId);
  await server.evictObject("room", publicId);
  const changed = await call("PATCH", `/v1/users/${gus.userId}`, { as: owner, body: { role: "guest" } });
  expect(changed.status).toBe(200);
  expect(await outside.closed).toBe(4403);
  await call("POST", `/v1/channels/${publicId}/messages`, { as: ann, body: { content: "after" } });
  expect(outside.received.join()).not.toContain("after");
  const text = async (path: string, id: string) =>
    JSON.stringify(await (await call("GET", path, { as: gus })).json())
      .replace(/req_\w+/, "")
      .replaceAll(id, "");
  for (const path of ["", "/messages", "/members", "/events", "/pins"]) {
    const madeUp = newId("chn");
    expect(await text(`/v1/channels/${publicId}${path}`, publicId), path).toBe(
      await text(`/v1/channels/${madeUp}${path}`, madeUp),
    );
  }
  expect((await call("POST", `/v1/channels/${publicId}/join`, { as: gus })).status).toBe(404);
  const own = await call("POST", `/v1/channels/${ownId}/messages`, {
    as: gus,
    body: { content: "still here" },
  });
  expect(own.status).toBe(201);
  await vi.waitFor(() => expect(inside.received.join()).toContain("still here"), { timeout: 10_000 });
  const directory = (await (await call("GET", "/v1/users", { as: gus })).json()) as any;
  expect(directory.items.map(({ id }: { id: string }) => id).sort()).toEqual([ann.userId, gus.userId].sort());
});

test("[GU10] [GU11] a mute holds over a crash of the room and ends by itself", async () => {
  const mute = `/v1/channels/${ownId}/members/${gus.userId}/mute`;
  const until = new Date(Date.now() + 3_000).toISOString();
  expect((await call("PUT", mute, { as: gus, body: {} })).status).toBe(403);
  expect((await call("PUT", mute, { as: ann, body: { until } })).status).toBe(200);
  await server.abortObject("room", ownId);
  const post = async () =>
    (await call("POST", `/v1/channels/${ownId}/messages`, { as: gus, body: { content: "hi" } })).status;
  expect(await post()).toBe(403);
  await new Promise((resolve) => setTimeout(resolve, Date.parse(until) - Date.now() + 50));
  expect(await post()).toBe(201);
});

test("[RL1] a loop of searches gets 429 with its headers over TCP", async () => {
  const search = () => call("GET", "/v1/search/messages?q=canary", { as: ann });
  const answers = [];
  for (let time = 0; time < 6; time++) answers.push(await search());
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  const { headers } = answers.at(-1)!;
  expect(headers.get("RateLimit-Limit")).toBe("5");
  expect(headers.get("RateLimit-Remaining")).toBe("0");
  expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
  expect((await call("GET", "/v1/users/me", { as: ann })).status).toBe(200);
});
