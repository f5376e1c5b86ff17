import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { ChannelHints } from "../../../src/http/channel-hints.ts";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import {
  createSession,
  createUser,
  createUsers,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

let ann: TestUser;
let bob: TestUser;
/** A session of Bob with a socket to the channel, of which this isolate knows. */
let live: TestUser;
let socket: TestSocket;
let channelId: string;
let at: string;

beforeEach(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  live = await createSession(bob);
  channelId = await createChannelFor(ann, [bob], { isPrivate: true });
  at = `/v1/channels/${channelId}`;
  socket = await live.connect(channelId);
  expect((await live.call("GET", `${at}/messages`)).status).toBe(200);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Returns which objects a request called, in order. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  const calls: string[] = [];
  const spy = <Class extends object>(prototype: Class, name: keyof Class & string) => {
    const original = prototype[name] as (...values: unknown[]) => unknown;
    vi.spyOn(prototype, name as never).mockImplementation(function (this: unknown, ...values: unknown[]) {
      calls.push(name);
      return original.apply(this, values);
    } as never);
  };
  spy(ChannelRoom.prototype, "read");
  spy(ChannelRoom.prototype, "executeIfHeld");
  spy(ChannelRoom.prototype, "execute");
  spy(UserHub.prototype, "checkSession");
  await work();
  vi.restoreAllMocks();
  return calls;
}

const contents = async (): Promise<string[]> =>
  (await ann.call("GET", `${at}/messages`)).body.items.map(({ content }: { content: string }) => content);

test("[RD8] a room that holds a session reads and writes for it without the hub", async () => {
  expect(await callsOf(() => live.call("GET", `${at}/messages`))).toEqual(["read"]);
  const calls = await callsOf(() => live.call("POST", `${at}/messages`, { content: "alone" }));
  expect(calls.filter((name) => name !== "execute")).toEqual(["executeIfHeld"]);
  expect(await contents()).toEqual(["alone"]);
});

test("[RD8] without its socket the hub is called again, and a command is executed once", async () => {
  socket.close();
  await socket.closed;
  const reading = await callsOf(() => live.call("GET", `${at}/messages`));
  expect(reading.toSorted()).toEqual(["checkSession", "read", "read"]);
  const again = await live.connect(channelId);
  await live.call("GET", `${at}/messages`);
  await live.call("GET", `${at}/messages`);
  again.close();
  await again.closed;
  const writing = await callsOf(() => live.call("POST", `${at}/messages`, { content: "once" }));
  expect(writing).toEqual(["executeIfHeld", "checkSession", "execute"]);
  expect(await contents()).toEqual(["once"]);
});

test("[RD8] an evicted room still holds the session", async () => {
  await evictRoom(channelId);
  expect(await callsOf(() => live.call("GET", `${at}/messages`))).toEqual(["read"]);
});

test("[AC4] an ended session is rejected at its next read and write", async () => {
  await live.call("GET", `${at}/messages`);
  expect((await bob.call("DELETE", `/v1/auth/sessions/${live.sessionId}`)).status).toBe(204);
  for (const [method, path, body] of [
    ["GET", "/messages", undefined],
    ["GET", "/messages?limit=0", undefined],
    ["POST", "/messages", { content: "too late" }],
    ["POST", "/messages", { wrong: true }],
    ["GET", "/members", undefined],
  ] as const)
    expect((await live.call(method, at + path, body)).status, path).toBe(401);
  expect(await contents()).toEqual([]);
  expect((await bob.call("GET", `${at}/messages`)).status).toBe(200);
});

test("[AC4] so is one that ended while this isolate knew it and no room held it", async () => {
  const silent = await createSession(bob);
  for (let time = 0; time < 2; time++) expect((await silent.call("GET", at)).status).toBe(200);
  await bob.call("DELETE", `/v1/auth/sessions/${silent.sessionId}`);
  expect((await silent.call("GET", at)).status).toBe(401);
  expect((await silent.call("GET", `${at}/messages/${newId("msg")}/history`)).status).toBe(401);
});

test("[CH4] a suspended user is rejected at the next request", async () => {
  const admin = await createUser("admin", { role: "admin" });
  expect((await admin.call("PATCH", `/v1/users/${bob.userId}`, { active: false })).status).toBe(200);
  expect((await live.call("GET", `${at}/messages`)).status).toBe(401);
  expect((await live.call("POST", `${at}/messages`, { content: "no" })).status).toBe(401);
});

test("[RD3] a removed member gets what an outsider gets, byte for byte", async () => {
  expect((await ann.call("DELETE", `${at}/members/${bob.userId}`)).status).toBe(204);
  const outline = ({ status, body }: { status: number; body: any }) => ({
    status,
    body: { ...body, requestId: "" },
  });
  const missing = await bob.call("GET", `/v1/channels/${newId("chn")}/messages`);
  for (const who of [live, bob])
    expect(outline(await who.call("GET", `${at}/messages`))).toEqual(outline(missing));
  expect((await live.call("POST", `${at}/messages`, { content: "no" })).status).toBe(404);
});

test("[RD6] a changed role is in force in the room that holds the session", async () => {
  const [owner, admin] = [
    await createUser("owner", { role: "owner" }),
    await createUser("dan", { role: "admin" }),
  ];
  const publicId = await createChannelFor(ann, [admin]);
  await admin.connect(publicId);
  const rename = (name: string) =>
    admin.call("PATCH", `/v1/channels/${publicId}/members/${ann.userId}`, { role: name });
  await admin.call("GET", `/v1/channels/${publicId}`);
  expect((await rename("owner")).status).toBe(200);
  expect((await owner.call("PATCH", `/v1/users/${admin.userId}`, { role: "member" })).status).toBe(200);
  expect((await rename("moderator")).status).toBe(403);
});

test("[AC3] [AC12] the hub is called once a minute and for each new generation", async () => {
  expect(await callsOf(() => live.call("GET", at))).toEqual(["read"]);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  expect((await callsOf(() => live.call("GET", at))).toSorted()).toEqual(["checkSession", "read"]);
  expect(await callsOf(() => live.call("GET", at))).toEqual(["read"]);
  const { tokens } = (await live.call("POST", "/v1/auth/refresh", { refreshToken: live.refreshToken })).body;
  const next = { Authorization: `Bearer ${tokens.accessToken}` };
  const first = await callsOf(() => live.call("GET", at, undefined, next));
  expect(first.toSorted()).toEqual(["checkSession", "read"]);
  expect(await callsOf(() => live.call("GET", at, undefined, next))).toEqual(["read"]);
});

test("[RD2] [LG9] a channel that the session was not admitted to is not called", async () => {
  const eve = await createUser("eve");
  for (let time = 0; time < 2; time++)
    for (const id of [channelId, newId("chn")])
      expect(await callsOf(() => eve.call("GET", `/v1/channels/${id}/messages`))).toEqual(["checkSession"]);
});

test("[ER5] an isolate keeps a limited number of hints", () => {
  const hints = new ChannelHints({ SESSION_IDLE_MS: 60_000 });
  const claims = { userId: "usr_1", sessionId: "ses_1", generation: 0, expiresAt: 0 };
  for (let n = 0; n < 10_050; n++) hints.recordAdmitted(claims, `chn_${n}`, true);
  expect(hints.size).toBe(10_000);
  expect(hints.find(claims, "chn_0")).toBeUndefined();
  expect(hints.find(claims, "chn_10049")).toBe("held");
});
