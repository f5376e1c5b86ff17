import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, roomLog, roomTables } from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.useRealTimers());

test("[LG1] every change of a channel is the next event of its log, from 1, no holes", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [never, never] as any;
  const channel = await createChannelFor(ann);
  const at = `/v1/channels/${channel}`;
  const { body: message } = await ann.call("POST", `${at}/messages`, { content: "one" });
  await ann.call("PATCH", `${at}/messages/${message.id}`, { content: "two" });
  await bob.call("POST", `${at}/join`);
  await ann.call("PATCH", `${at}/members/${bob.userId}`, { role: "moderator" });
  await bob.call("PATCH", at, { topic: "talk" });
  await bob.call("DELETE", `${at}/messages/${message.id}`);
  await ann.call("DELETE", `${at}/members/${bob.userId}`);
  const types = [
    "channelCreate",
    "memberJoin",
    "messageCreate",
    "messageUpdate",
    "memberJoin",
    "memberUpdate",
    "channelUpdate",
    "messageDelete",
    "memberLeave",
  ];
  const log = await roomLog(channel);
  expect(log.map(({ type }) => type)).toEqual(types);
  expect(log.map(({ seq }) => seq)).toEqual(sequenceFrom(1, types.length));
  expect((await listEvents(channel, ann)).map(({ type, seq }) => [seq, type])).toEqual(
    types.map((type, index) => [index + 1, type]),
  );
});

test("[LG2] a rejected or no-op command uses no seq and changes no table", async () => {
  const [ann, bob, eve] = await createUsers("ann", "bob", "eve");
  const channel = await createChannelFor(ann!, [bob!]);
  const at = `/v1/channels/${channel}`;
  const { body: message } = await ann!.call("POST", `${at}/messages`, { content: "one", nonce: "n" });
  const { body: gone } = await ann!.call("POST", `${at}/messages`, { content: "two" });
  await ann!.call("DELETE", `${at}/messages/${gone.id}`);
  const before = await roomTables(channel);
  const answers = [
    await eve!.call("POST", `${at}/messages`, { content: "not a member" }),
    await ann!.call("POST", `${at}/messages`, { content: "another", nonce: "n" }),
    await ann!.call("POST", `${at}/messages`, { content: "" }),
    await bob!.call("PATCH", `${at}/messages/${message.id}`, { content: "not mine" }),
    await ann!.call("PATCH", `${at}/messages/${message.id}`, { content: "late", expectedVersion: 7 }),
    await ann!.call("PATCH", `${at}/messages/${gone.id}`, { content: "deleted" }),
    await ann!.call("PATCH", `${at}/messages/${newId("msg")}`, { content: "nowhere" }),
    await bob!.call("DELETE", `${at}/messages/${message.id}`),
    await bob!.call("PATCH", at, { topic: "not a steward" }),
    await bob!.call("DELETE", `${at}/members/${ann!.userId}`),
    await ann!.call("POST", `${at}/leave`),
    await ann!.call("PATCH", `${at}/members/${ann!.userId}`, { role: "member" }),
    await ann!.call("POST", `${at}/members`, { userId: newId("usr") }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([
    403, 409, 400, 403, 409, 409, 404, 403, 403, 403, 409, 409, 404,
  ]);
  const repeats = [
    await ann!.call("POST", `${at}/messages`, { content: "one", nonce: "n" }),
    await ann!.call("PATCH", `${at}/messages/${message.id}`, { content: "one" }),
    await ann!.call("DELETE", `${at}/messages/${gone.id}`),
    await ann!.call("PATCH", at, { topic: "" }),
    await ann!.call("PATCH", at, {}),
    await bob!.call("POST", `${at}/join`),
    await ann!.call("POST", `${at}/members`, { userId: bob!.userId }),
    await ann!.call("PATCH", `${at}/members/${bob!.userId}`, { role: "member" }),
    await ann!.call("DELETE", `${at}/members/${eve!.userId}`),
  ];
  expect(repeats.map(({ status }) => status)).toEqual([200, 200, 204, 200, 200, 200, 200, 200, 204]);
  expect(await roomTables(channel)).toEqual(before);
  expect((await ann!.call("POST", `${at}/messages`, { content: "next" })).body.seq).toBe(
    before["log"]!.length + 1,
  );
});

test("[LG3] when the clock goes back an hour nothing waits and `at` never decreases", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  await socket.sendCommand("messageCreate", { content: "before" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });
  for (const content of ["a", "b", "c"])
    expect((await socket.sendCommand("messageCreate", { content })).type).toBe("ack");
  await evictRoom(channel);
  expect((await socket.sendCommand("messageCreate", { content: "d" })).type).toBe("ack");
  vi.useRealTimers();
  await socket.sendCommand("messageCreate", { content: "after" });
  const times = (await roomLog(channel)).map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(times.slice(-5, -1))).toEqual(new Set([times.at(-6)]));
  const messages = (await listEvents(channel, ann)).flatMap(({ data, at }) =>
    "message" in data ? [[data.message.createdAt, at, data.message.id] as const] : [],
  );
  for (const [createdAt, at] of messages) expect(createdAt).toBe(at);
  const ids = messages.map(([, , id]) => id);
  expect(ids, "ids sort as the log does").toEqual(ids.toSorted());
});

test("[LG9] requests with a made-up channel id store nothing in any object or in D1", async () => {
  const ann = await createUser("ann");
  const channel = newId("chn");
  const ghost = newId("usr");
  const at = `/v1/channels/${channel}`;
  const tables = ["channels", "channel_members", "messages", "channel_directory", "channel_names"];
  const counts = async () =>
    Promise.all(tables.map((table) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n")));
  const before = await counts();
  const message = `${at}/messages/${newId("msg")}`;
  const calls: [string, string, object?][] = [
    ["GET", at],
    ["GET", `${at}/messages`],
    ["GET", `${at}/events`],
    ["GET", `${at}/members`],
    ["GET", message],
    ["GET", `${message}/history`],
    ["POST", `${at}/messages`, { content: "hi", nonce: "1" }],
    ["PATCH", message, { content: "hi" }],
    ["DELETE", message],
    ["PATCH", at, { name: "a name" }],
    ["POST", `${at}/join`],
    ["POST", `${at}/leave`],
    ["POST", `${at}/members`, { userId: ghost }],
    ["DELETE", `${at}/members/${ghost}`],
  ];
  for (const [method, path, body] of calls)
    expect((await ann.call(method, path, body)).body.code, `${method} ${path}`).toBe("not_found");
  expect((await requestUpgrade(`${at}/realtime?since=0`, ann.token)).status).toBe(404);
  const room = env.ROOMS.getByName(channel);
  await room.setFacts({ userId: ann.userId, username: "ann", role: "member", active: true, rev: 2 });
  await room.closeSession(ann.sessionId);
  await room.waitForDatabase(5);
  expect([await room.progress(), await room.holdsClaim("x")]).toEqual([
    { head: 0, recorded: 0, indexed: 0 },
    { exists: false, holds: false },
  ]);
  const known = await createChannelFor(ann);
  expect((await ann.call("POST", `/v1/channels/${known}/members`, { userId: ghost })).status).toBe(404);
  for (const stub of [room, env.HUBS.getByName(ghost)]) {
    const { runInDurableObject } = await import("cloudflare:test");
    await runInDurableObject(stub as never, async (_, { storage }: DurableObjectState) => {
      expect(
        storage.sql
          .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
          .toArray(),
      ).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  }
  // Only the rows of the existing channel.
  expect(await counts()).toEqual(
    before.map((n, index) => Number(n) + (tables[index] === "messages" ? 0 : 1)),
  );
});
