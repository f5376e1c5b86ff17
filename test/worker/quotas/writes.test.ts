import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { WriteQuota } from "../../../src/channel-object/commands/write-quota.ts";
import type { Config } from "../../../src/config.ts";
import type { EventLog } from "../../../src/durable/event-log.ts";
import type { Command } from "../../../src/protocol/index.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, roomLog, setRoomConfig } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const mib = 1024 * 1024;

/** Creates channels of Ann's with Bob in them, and sets the given configuration. */
async function createScenario(vars: Partial<Config>, channels = 1) {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  await setHubConfig(ann.userId, vars);
  const ids: string[] = [];
  for (let n = 0; n < channels; n++) {
    const channelId = await createChannelFor(ann, [bob]);
    await setRoomConfig(channelId, vars);
    ids.push(channelId);
  }
  advanceClock(0);
  return { ann, bob, ids, channelId: ids[0] as string };
}

const write = (who: TestUser, channelId: string, content = "hi") =>
  who.call("POST", `/v1/channels/${channelId}/messages`, { content });

/** Writes until a write is rejected, at most `most` times; returns how many were accepted, and the rejection. */
async function writeUntilRejected(who: TestUser, channelId: string, most: number, content?: string) {
  for (let taken = 0; taken < most; taken++) {
    const answer = await write(who, channelId, content);
    if (answer.status !== 201) return { taken, answer };
  }
  return { taken: most };
}

test("[QT1] commands past the hourly budget are rate_limited over both transports", async () => {
  const { ann, bob, channelId } = await createScenario({ USER_WRITES_PER_HOUR: 40 });
  const { taken, answer } = await writeUntilRejected(ann, channelId, 60);
  // Creating the channel was a write as well.
  expect(taken).toBeGreaterThanOrEqual(15);
  expect(taken).toBeLessThanOrEqual(20);
  expect(answer).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect(Number(answer?.headers.get("Retry-After"))).toBeGreaterThan(10);
  const socket = await ann.connect(channelId);
  const before = (await roomLog(channelId)).length;
  for (const [type, data] of [
    ["messageCreate", { content: "hi" }],
    ["channelUpdate", { topic: "x" }],
    ["read", { seq: 1 }],
  ] as const)
    expect(await socket.sendCommand(type, data)).toMatchObject({
      error: { status: 429, code: "rate_limited", retryAfterMs: expect.any(Number) },
    });
  expect(await roomLog(channelId)).toHaveLength(before);
  // A user without budget can still delete, remove and leave.
  const { items } = (await ann.call("GET", `/v1/channels/${channelId}/messages?limit=1`)).body;
  expect(await socket.sendCommand("messageDelete", { messageId: items[0].id })).toMatchObject({
    type: "ack",
  });
  expect((await write(bob, channelId)).status).toBe(201);
  // Deletions counted as well.
  const { retryAfterMs } = (await write(ann, channelId)).body;
  vi.setSystemTime(Date.now() + retryAfterMs);
  expect((await write(ann, channelId)).status).toBe(201);
});

test("[QT1] bytes count as well: a few long messages use up the budget", async () => {
  const { ann, channelId } = await createScenario({ USER_BYTES_PER_HOUR: mib });
  const { taken, answer } = await writeUntilRejected(ann, channelId, 60, "😀".repeat(8_000));
  expect(answer?.body.code).toBe("rate_limited");
  expect(taken).toBeGreaterThanOrEqual(15);
  expect(taken).toBeLessThanOrEqual(20);
});

test("[QT1] the budget is the user's; each further channel adds little to it", async () => {
  const { ann, ids } = await createScenario({ USER_WRITES_PER_HOUR: 40 }, 5);
  await writeUntilRejected(ann, ids[0] as string, 60);
  for (const channelId of ids.slice(1)) {
    const { taken, answer } = await writeUntilRejected(ann, channelId, 60);
    expect(answer?.body.code).toBe("rate_limited");
    expect(taken).toBeLessThanOrEqual(2);
  }
});

test("[QT2] a room that is evicted after every command still counts all writes", async () => {
  const { ann, channelId } = await createScenario({ USER_WRITES_PER_HOUR: 80 });
  let taken = 0;
  for (; taken < 60; taken++) {
    if ((await write(ann, channelId)).status !== 201) break;
    if (taken % 2) await evictRoom(channelId);
  }
  // Half of the budget in advance; creating the channel used three writes of it.
  expect(taken).toBeGreaterThanOrEqual(36);
  expect(taken).toBeLessThanOrEqual(40);
});

test("[QT2] [QT1] without its hub a user can write and delete; it counts all later", async () => {
  const { ann, bob, channelId } = await createScenario({ USER_WRITES_PER_HOUR: 1_000 });
  vi.useRealTimers();
  const reported: number[] = [];
  const { chargeUsage } = UserHub.prototype;
  let isDown = true;
  vi.spyOn(UserHub.prototype, "chargeUsage").mockImplementation(async function (this: UserHub, usage) {
    if (isDown) throw new Error("down");
    reported.push(usage.writes);
    return chargeUsage.call(this, usage);
  });
  const { taken, answer } = await writeUntilRejected(ann, channelId, 100);
  expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(answer?.headers.get("Retry-After")).not.toBeNull();
  expect(taken).toBeGreaterThan(20);
  expect(taken).toBeLessThanOrEqual(40);
  const { items } = (await ann.call("GET", `/v1/channels/${channelId}/messages?limit=2`)).body;
  const socket = await ann.connect(channelId);
  expect((await ann.call("DELETE", `/v1/channels/${channelId}/messages/${items[0].id}`)).status).toBe(204);
  expect(await socket.sendCommand("messageDelete", { messageId: items[1].id })).toMatchObject({
    type: "ack",
  });
  expect(await socket.sendCommand("memberLeave", { userId: bob.userId })).toMatchObject({ type: "ack" });
  expect((await write(ann, channelId)).body.code, "other commands stay unavailable").toBe("unavailable");
  isDown = false;
  advanceClock(5_000);
  expect((await write(ann, channelId)).status).toBe(201);
  expect(reported[0]).toBeGreaterThanOrEqual(taken);
});

test("[QT2] a slow writer costs no calls of the hub, a fast one fewer and fewer", async () => {
  const { ann, channelId } = await createScenario({});
  vi.useRealTimers();
  const charge = vi.spyOn(UserHub.prototype, "chargeUsage");
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 45; n++) await socket.sendCommand("messageCreate", { content: "hi" });
  expect(charge).not.toHaveBeenCalled();
  for (let n = 0; n < 400; n++) await socket.sendCommand("messageCreate", { content: "hi" });
  expect(charge.mock.calls.length).toBeGreaterThanOrEqual(2);
  expect(charge.mock.calls.length).toBeLessThanOrEqual(4);
});

test("[QT1] leaving, removing and deleting pass while 16 MiB are in progress", async () => {
  const { ann, bob, channelId } = await createScenario({});
  await inRoom(channelId, (_, { storage: { sql } }) => {
    const quota = new WriteQuota({ sql, log: { head: 0 } as EventLog, env });
    const reserve = (command: Command) => quota.reserve(ann.userId, command, Date.now());
    const long: Command = { type: "messageCreate", data: { content: "x".repeat(mib) } };
    const reserved = Array.from({ length: 16 }, () => reserve(long));
    const messageId = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const rejected = expect.objectContaining({ code: "rate_limited" });
    expect(() => reserve(long)).toThrow(rejected);
    expect(() => reserve({ type: "messagePin", data: { messageId } })).toThrow(rejected);
    for (const command of [
      { type: "messageDelete", data: { messageId } },
      { type: "threadDelete", data: { messageId } },
      { type: "memberLeave", data: {} },
      { type: "memberLeave", data: { userId: bob.userId } },
    ] satisfies Command[])
      reserved.push(reserve(command));
    for (const reservation of reserved) quota.settle(reservation, undefined);
    expect(() => reserve(long)).not.toThrow();
  });
});

test("[QT1] rejected and repeated commands cost nothing", async () => {
  const { ann, bob, channelId } = await createScenario({ USER_WRITES_PER_HOUR: 40 });
  const { body } = await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "bob's" });
  const path = `/v1/channels/${channelId}/messages`;
  for (let n = 0; n < 60; n++) {
    expect((await ann.call("PATCH", `${path}/${body.id}`, { content: "x" })).status).toBe(403);
    expect((await ann.call("POST", path, { content: "once", nonce: "one" })).status).toBeLessThan(300);
    expect((await ann.call("PUT", `${path}/${body.id}/pin`)).status).toBeLessThan(300);
  }
  expect((await write(ann, channelId)).status).toBe(201);
});

test("[QT3] toggling one thing is limited for each user and thing", async () => {
  const { ann, bob, channelId } = await createScenario({ TOGGLE_BURST: 10, TOGGLE_REFILL_MS: 6_000 });
  const { body } = await write(ann, channelId);
  const socket = await ann.connect(channelId);
  const before = (await roomLog(channelId)).length;
  const toggle = async (kinds: [string, string], data: object): Promise<string[]> => {
    const answers: string[] = [];
    for (let n = 0; n < 30; n++) {
      const { type, error }: any = await socket.sendCommand(kinds[n % 2] as string, data);
      answers.push(error?.code ?? type);
    }
    return answers;
  };
  const onMessage = { messageId: body.id };
  const tenOfThirty = [...Array(10).fill("ack"), ...Array(20).fill("rate_limited")];
  const member = { userId: bob.userId };
  expect(await toggle(["reactionAdd", "reactionRemove"], { ...onMessage, emoji: "👍" })).toEqual(tenOfThirty);
  expect(await toggle(["messagePin", "messageUnpin"], onMessage)).toEqual(tenOfThirty);
  const back = [
    ...Array(20).fill("ack"),
    ...Array.from({ length: 10 }, (_, n) => (n % 2 ? "rate_limited" : "ack")),
  ];
  expect(await toggle(["memberLeave", "memberJoin"], member), "removing is never rejected").toEqual(back);
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  expect(await roomLog(channelId)).toHaveLength(before + 41);
  vi.setSystemTime(Date.now() + 6_000);
  expect(await socket.sendCommand("memberJoin", member)).toMatchObject({ type: "ack" });
  expect(await socket.sendCommand("reactionAdd", { ...onMessage, emoji: "🎉" })).toMatchObject({
    type: "ack",
  });
  const asBob = await bob.connect(channelId);
  expect(await asBob.sendCommand("reactionAdd", { ...onMessage, emoji: "👍" })).toMatchObject({
    type: "ack",
  });
  vi.setSystemTime(Date.now() + 6_000);
  expect(await socket.sendCommand("reactionAdd", { ...onMessage, emoji: "👍" })).toMatchObject({
    type: "ack",
  });
});

test("[QT4] D1 keeps a message's newest versions; its history counts the rest", async () => {
  const { ann, channelId } = await createScenario({ MESSAGE_VERSION_BYTES: 100_000 });
  const { body } = await write(ann, channelId, "0");
  const path = `/v1/channels/${channelId}/messages/${body.id}`;
  const text = (n: number): string =>
    String(n)
      .padStart(10_000, "x")
      .slice(0, 8_000 - 5) + String(n).padStart(5);
  for (let n = 1; n <= 30; n++)
    expect((await ann.call("PATCH", path, { content: text(n) })).status).toBe(200);
  await waitForProjections(channelId);
  const [{ bytes, count }] = (await databaseRows(
    "SELECT sum(octet_length(content)) AS bytes, count(*) AS count FROM message_versions WHERE message_id = ?",
    body.id,
  )) as [{ bytes: number; count: number }];
  expect(bytes).toBeLessThanOrEqual(100_000);
  expect(count).toBe(12);
  const history = (await ann.call("GET", `${path}/history`)).body;
  expect(history.items.map(({ version }: any) => version)).toEqual(
    Array.from({ length: 13 }, (_, at) => 19 + at),
  );
  expect(history.omitted).toBe(18);
});
