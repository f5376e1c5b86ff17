import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocketOfWs from "ws";
import { newId } from "../../src/lib/ids.ts";
import { endpoints, getPresence, subprotocol } from "../../src/protocol/index.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

let server: WorkerdServer;
let ann: TestUser;
let bob: TestUser;
let admin: TestUser;
let channelId: string;

beforeAll(async () => {
  server = await WorkerdServer.start({ LOGIN_ADDRESS_ATTEMPTS: "20" });
  [ann, bob] = (await server.createUsers("ann", "bob")) as [TestUser, TestUser];
  // The first user of a local server becomes the workspace's owner.
  const owner = { username: "zoe", email: "zoe@parley.test", password: "correct horse battery" };
  const { user, tokens } = (await (await call("POST", "/v1/auth/register", { body: owner })).json()) as any;
  admin = { userId: user.id, username: "zoe", sessionId: "", tokens };
  const made = await call("POST", "/v1/channels", { as: ann, body: { name: "secret", isPrivate: true } });
  channelId = ((await made.json()) as any).id;
  await call("POST", `/v1/channels/${channelId}/messages`, { as: ann, body: { content: "hi" } });
  await call("GET", "/v1/users/me", { as: bob });
  await call("GET", "/v1/users/me", { as: admin });
});
afterAll(() => server.remove());

function call(
  method: string,
  path: string,
  { as, body, headers = {} }: { as?: TestUser; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(as && { Authorization: `Bearer ${as.tokens.accessToken}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Runs `work` and returns the names of the objects that it started, and of those that may not be started. */
async function startedBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = await server.objectStarts();
  await work();
  return [...(await server.objectStarts()).keys()].filter(
    (name) => !before.has(name) && !/^(limiter|hasher)-\d$/.test(name),
  );
}

const fill = (path: string): string =>
  path
    .replaceAll(":channelId", newId("chn"))
    .replaceAll(":userId", newId("usr"))
    .replaceAll(":messageId", newId("msg"))
    .replaceAll(":fileId", newId("fil"))
    .replaceAll(":sessionId", newId("ses"))
    .replaceAll(":emoji", encodeURIComponent("👍"))
    .replaceAll(/:\w+/g, "1");

/** Bodies with made-up ids, for each endpoint with a body, apart from those that create something real. */
const bodies: Record<string, () => unknown> = {
  openDirectMessage: () => ({ userIds: [newId("usr"), bob.userId] }),
  addMember: () => ({ userId: newId("usr") }),
  updateMember: () => ({ role: "member" }),
  createMessage: () => ({ content: "hi", fileIds: [newId("fil")] }),
  createThread: () => ({ content: "hi" }),
  updateMessage: () => ({ content: "hi" }),
  updateChannel: () => ({ topic: "x" }),
  updateUser: () => ({ role: "admin" }),
  updateMe: () => ({ avatarFileId: newId("fil") }),
  markRead: () => ({ seq: 1 }),
  readThread: () => ({ seq: 1 }),
  setNotificationLevel: () => ({ level: "all" }),
  refreshToken: () => ({
    refreshToken: `${newId("usr")}.${newId("ses")}.0.${"A".repeat(43)}.${"A".repeat(22)}`,
  }),
  login: () => ({ login: `nobody-${randomBytes(6).toString("hex")}`, password: "x" }),
};
/** Endpoints that begin or end the caller's sessions, create something with a new id, or send a mail. */
const leftOut = new Set([
  "register",
  "logout",
  "endAllSessions",
  "createChannel",
  "changePassword",
  "exportMe",
  "resendConfirmation",
]);

const names = Object.keys(endpoints).filter((name) => !leftOut.has(name));

test.each(["nobody", "a member", "an admin"])(
  "[LG9] no made-up id in a request of %s starts an object",
  async (who) => {
    const as = { nobody: undefined, "a member": bob, "an admin": admin }[who];
    const statuses: number[] = [];
    const started = await startedBy(async () => {
      for (const name of names) {
        const { method, path } = endpoints[name]!;
        const body = ["post", "put", "patch"].includes(method) ? (bodies[name]?.() ?? {}) : undefined;
        const response = await call(method.toUpperCase(), fill(path), { ...(as && { as }), body });
        statuses.push(response.status);
        await response.arrayBuffer();
      }
    });
    expect(started).toEqual([]);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect(statuses.filter((status) => status === 404 || status === 401).length).toBeGreaterThan(20);
  },
);

test("[LG9] made-up ids in queries, headers and one's own channel start no object", async () => {
  const ids = Array.from({ length: 200 }, () => newId("usr"));
  const answers: unknown[] = [];
  const started = await startedBy(async () => {
    for (let round = 0; round < 5; round++) {
      const found = await call("GET", `${getPresence.path}?userIds=${ids.join(",")}`, { as: bob });
      answers.push(await found.json());
    }
    await call("POST", `/v1/channels/${channelId}/members`, { as: ann, body: { userId: newId("usr") } });
    await call("POST", `/v1/channels/${channelId}/messages`, {
      as: ann,
      body: { content: `@${newId("usr")} hi`, fileIds: [newId("fil")] },
    });
    for (const cursor of ["x", Buffer.from(newId("chn")).toString("base64url"), newId("chn")])
      for (const path of [
        "/v1/channels?scope=public&",
        "/v1/notifications?",
        "/v1/search/messages?q=hi&",
        "/v1/users?",
      ])
        await call("GET", `${path}cursor=${cursor}`, { as: bob });
    await call(
      "GET",
      `/v1/search/messages?q=${encodeURIComponent(`in:${newId("chn")} from:${newId("usr")} hi`)}`,
      {
        as: bob,
      },
    );
  });
  expect(started).toEqual([]);
  expect(answers[0]).toEqual({ items: [], nextCursor: null });
});

/** Returns the status of a rejected upgrade, or 101. */
function upgrade(path: string, { token, ticket }: { token?: string; ticket?: string }): Promise<number> {
  return new Promise((resolve) => {
    const ws = new WebSocketOfWs(
      `${server.url.replace("http", "ws")}${path}`,
      [subprotocol, ...(ticket === undefined ? [] : [`ticket.${ticket}`])],
      { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } },
    );
    ws.on("unexpected-response", (_, response) => (resolve(response.statusCode ?? 0), response.destroy()));
    ws.on("open", () => (resolve(101), ws.terminate()));
    ws.on("error", () => resolve(0));
  });
}

test("[LG9] no made-up ticket, token or channel of an upgrade starts an object", async () => {
  const secret = () => randomBytes(33).toString("base64url");
  const statuses: number[] = [];
  const started = await startedBy(async () => {
    for (const path of [
      "/v1/realtime",
      `/v1/channels/${newId("chn")}/realtime`,
      `/v1/channels/${channelId}/realtime`,
    ])
      for (let count = 0; count < 5; count++) {
        statuses.push(await upgrade(path, { ticket: `${newId("usr")}.${secret()}` }));
        statuses.push(await upgrade(path, { ticket: `${newId("usr")}.${secret().slice(0, 43)}` }));
        statuses.push(await upgrade(path, { token: secret() }));
      }
    statuses.push(await upgrade(`/v1/channels/${newId("chn")}/realtime`, { token: bob.tokens.accessToken }));
  });
  expect(started).toEqual([]);
  expect(new Set(statuses)).toEqual(new Set([401, 404]));
});

test("[LG9] no made-up channel in a gateway frame starts an object", async () => {
  const ws = new WebSocketOfWs(`${server.url.replace("http", "ws")}/v1/realtime`, [subprotocol], {
    headers: { Authorization: `Bearer ${bob.tokens.accessToken}` },
  });
  const answers: any[] = [];
  ws.on("message", (data) => answers.push(...(JSON.parse(String(data)) as any[])));
  await new Promise((resolve) => ws.once("message", resolve));
  const started = await startedBy(async () => {
    const frames = [
      ["subscribe", { epoch: "abcdefgh", since: 1 }],
      ["messageCreate", { content: "hi" }],
      ["memberJoin", {}],
      ["read", { seq: 1 }],
      ["reactionAdd", { messageId: newId("msg"), emoji: "👍" }],
      ["channelUpdate", { topic: "x" }],
    ] as const;
    for (const [at, [type, data]] of frames.entries())
      for (const channel of [newId("chn"), newId("chn")])
        ws.send(JSON.stringify({ id: `${at}-${channel}`, type, channelId: channel, data }));
    const until = Date.now() + 10_000;
    while (answers.filter(({ type }) => type === "error").length < frames.length * 2 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20));
  });
  ws.terminate();
  const errors = answers.filter(({ type }) => type === "error");
  expect(errors).toHaveLength(12);
  expect(new Set(errors.map(({ error }) => error.code))).toEqual(new Set(["not_found"]));
  expect(started).toEqual([]);
});

test("an object that is started is counted", async () => {
  const [eve] = (await server.createUsers("eve")) as [TestUser];
  expect([...(await server.objectStarts()).keys()]).toEqual(
    expect.arrayContaining([ann.userId, eve.userId, channelId]),
  );
});

test("[LG9] an outsider's requests for a private channel do not reach its room", async () => {
  await server.evictObject("room", channelId);
  const before = (await server.objectStarts()).get(channelId);
  expect(before).toBeGreaterThan(0);
  for (const path of ["", "/messages", "/members", "/pins", "/events"])
    expect((await call("GET", `/v1/channels/${channelId}${path}`, { as: bob })).status).toBe(404);
  expect((await call("POST", `/v1/channels/${channelId}/join`, { as: bob })).status).toBe(404);
  expect((await server.objectStarts()).get(channelId)).toBe(before);
});
