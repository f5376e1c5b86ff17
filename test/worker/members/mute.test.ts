import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

afterEach(() => vi.useRealTimers());

let ann: TestUser;
let bob: TestUser;
let mod: TestUser;

beforeAll(async () => {
  [ann, bob, mod] = (await createUsers("ann", "bob", "mod")) as [TestUser, TestUser, TestUser];
});

async function createScenario() {
  const channelId = await createChannelFor(ann, [bob, mod]);
  const at = `/v1/channels/${channelId}`;
  await ann.call("PATCH", `${at}/members/${mod.userId}`, { role: "moderator" });
  const { body: message } = await ann.call("POST", `${at}/messages`, { content: "hello" });
  const { body: own } = await bob.call("POST", `${at}/messages`, { content: "mine" });
  return { channelId, at, messageId: message.id as string, ownId: own.id as string };
}

const muteOf = (at: string, { userId }: TestUser) => `${at}/members/${userId}/mute`;
const inTenMinutes = () => new Date(Date.now() + 600_000).toISOString();

describe("[GU10] a muted member", () => {
  test("reads, but writes nothing over any transport, and deletes what is theirs", async () => {
    const { channelId, at, messageId, ownId } = await createScenario();
    const socket = await bob.connect(channelId);
    await bob.call("PUT", `${at}/messages/${messageId}/reactions/👍`);
    const muted = await mod.call("PUT", muteOf(at, bob), {});
    expect(muted).toMatchObject({ status: 200, body: { userId: bob.userId, mute: { until: null } } });
    const event = await socket.waitFor(({ type }) => type === "memberMute");
    expect(event).toMatchObject({ data: { member: { userId: bob.userId, mute: { until: null } } } });
    const frames: [string, object][] = [
      ["messageCreate", { content: "x" }],
      ["threadCreate", { messageId, content: "x" }],
      ["messageUpdate", { messageId: ownId, content: "x" }],
      ["reactionAdd", { messageId, emoji: "🎈" }],
      ["messagePin", { messageId }],
      ["typing", {}],
    ];
    for (const [type, data] of frames)
      expect(await socket.sendCommand(type as never, data), type).toMatchObject({
        type: "error",
        error: { code: "forbidden", detail: "You are muted in this channel" },
      });
    const paths: [string, string, object?][] = [
      ["POST", "/messages", { content: "x" }],
      ["POST", `/messages/${messageId}/thread`, { content: "x" }],
      ["PATCH", `/messages/${ownId}`, { content: "x" }],
      ["PUT", `/messages/${messageId}/pin`],
    ];
    for (const [method, path, body] of paths)
      expect((await bob.call(method, `${at}${path}`, body)).body.detail).toBe(
        "You are muted in this channel",
      );
    for (const path of ["", "/messages", "/members"])
      expect((await bob.call("GET", `${at}${path}`)).status).toBe(200);
    expect((await bob.call("DELETE", `${at}/messages/${messageId}/reactions/👍`)).status).toBe(204);
    expect((await bob.call("DELETE", `${at}/messages/${ownId}`)).status).toBe(204);
    expect((await mod.call("DELETE", muteOf(at, bob))).body).not.toHaveProperty("mute");
    expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(201);
    socket.close();
    await expectDatabaseMatchesLog(channelId);
  });

  test("who is a moderator loses that right as well", async () => {
    const { at, ownId } = await createScenario();
    await ann.call("PUT", muteOf(at, mod), {});
    for (const [method, path, body] of [
      ["PUT", `/members/${bob.userId}/mute`, {}],
      ["DELETE", `/members/${mod.userId}/mute`],
      ["DELETE", `/members/${bob.userId}`],
      ["DELETE", `/messages/${ownId}`],
      ["PATCH", "", { topic: "x" }],
    ] as [string, string, object?][])
      expect((await mod.call(method, `${at}${path}`, body)).status, `${method} ${path}`).toBe(403);
  });
});

describe("[GU11] a mute", () => {
  test("ends by itself, and can be set again", async () => {
    advanceClock(0);
    const { at } = await createScenario();
    const until = inTenMinutes();
    expect((await ann.call("PUT", muteOf(at, bob), { until })).body.mute).toEqual({ until });
    const listed = async () =>
      (await ann.call("GET", `${at}/members`)).body.items.find(
        ({ userId }: { userId: string }) => userId === bob.userId,
      );
    expect(await listed()).toMatchObject({ mute: { until } });
    const answer = await bob.call("POST", `${at}/messages`, { content: "x" });
    expect(answer.body.detail).toBe(`You are muted in this channel until ${until}`);
    advanceClock(600_001);
    expect(await listed()).not.toHaveProperty("mute");
    expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(201);
    expect((await ann.call("PUT", muteOf(at, bob), { until })).status).toBe(400);
    expect((await ann.call("PUT", muteOf(at, bob), {})).body.mute).toEqual({ until: null });
  });

  test("survives a restart, and leaving and joining again", async () => {
    const { channelId, at } = await createScenario();
    const until = inTenMinutes();
    await ann.call("PUT", muteOf(at, bob), { until });
    await evictRoom(channelId);
    expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(403);
    expect((await bob.call("POST", `${at}/leave`)).status).toBe(204);
    expect((await bob.call("POST", `${at}/join`)).body.mute).toEqual({ until });
    expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(403);
    await expectDatabaseMatchesLog(channelId);
  });

  test("repeated with the same end changes nothing; another end replaces it", async () => {
    const { at } = await createScenario();
    const until = inTenMinutes();
    const seqOf = async () => (await ann.call("GET", at)).body.seq;
    await ann.call("PUT", muteOf(at, bob), { until });
    const before = await seqOf();
    expect((await ann.call("PUT", muteOf(at, bob), { until })).status).toBe(200);
    expect(await seqOf()).toBe(before);
    expect((await ann.call("PUT", muteOf(at, bob), {})).body.mute).toEqual({ until: null });
    expect((await ann.call("DELETE", muteOf(at, bob))).status).toBe(200);
    expect((await ann.call("DELETE", muteOf(at, bob))).status).toBe(200);
    expect(await seqOf()).toBe(before + 2);
  });
});

test("[GU9] no user mutes or unmutes one of the same rank or a higher one", async () => {
  const { at } = await createScenario();
  const owner = await createUser("owner", { role: "owner" });
  const [admin, other] = [
    await createUser("admin", { role: "admin" }),
    await createUser("admin", { role: "admin" }),
  ];
  const second = await createUser("mod");
  for (const { userId } of [admin, other, owner, second]) await ann.call("POST", `${at}/members`, { userId });
  await ann.call("PATCH", `${at}/members/${second.userId}`, { role: "moderator" });
  const ranked = [bob, mod, ann, admin, owner];
  for (const [rank, by] of ranked.entries())
    for (const [against, target] of ranked.entries())
      for (const method of ["PUT", "DELETE"])
        expect(
          (await by.call(method, muteOf(at, target), method === "PUT" ? {} : undefined)).status,
          `${method} ${rank} ${against}`,
        ).toBe(rank > against ? 200 : 403);
  expect((await mod.call("PUT", muteOf(at, second), {})).status).toBe(403);
  expect((await admin.call("PUT", muteOf(at, other), {})).status).toBe(403);
});
