import { expect, test } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, roomTables } from "../../support/worker/objects/room-object.ts";

async function createArchiveScenario() {
  const [ann, bob, cid, eve] = (await createUsers("ann", "bob", "cid", "eve")) as [
    TestUser,
    TestUser,
    TestUser,
    TestUser,
  ];
  const channelId = await createChannelFor(ann, [bob, cid]);
  const at = `/v1/channels/${channelId}`;
  const { body } = await ann.call("POST", `${at}/messages`, { content: "kept" });
  return { ann, bob, cid, eve, channelId, at, messageId: body.id as string };
}

const listed = async (who: TestUser, scope: string, channelId: string): Promise<boolean> =>
  (await who.call("GET", `/v1/channels?scope=${scope}&limit=100`)).body.items.some(
    ({ id }: { id: string }) => id === channelId,
  );

/** Each command that writes to a channel: over REST below the channel's path, and as a frame. */
const writes = (messageId: string, { userId }: TestUser, { userId: newcomer }: TestUser) =>
  [
    ["PATCH", "", { topic: "x" }, "channelUpdate", { topic: "x" }],
    ["PATCH", "", {}, "channelUpdate", {}],
    ["PATCH", "", { isPrivate: true }, "channelUpdate", { isPrivate: true }],
    ["POST", "/members", { userId: newcomer }, "memberJoin", { userId: newcomer }],
    ["PATCH", `/members/${userId}`, { role: "owner" }, "memberUpdate", { userId, role: "owner" }],
    ["POST", "/messages", { content: "x" }, "messageCreate", { content: "x" }],
    ["PATCH", `/messages/${messageId}`, { content: "x" }, "messageUpdate", { messageId, content: "x" }],
    ["DELETE", `/messages/${messageId}`, undefined, "messageDelete", { messageId }],
    ["PUT", `/messages/${messageId}/pin`, undefined, "messagePin", { messageId }],
    ["PUT", `/messages/${messageId}/reactions/👍`, undefined, "reactionAdd", { messageId, emoji: "👍" }],
    ["POST", `/messages/${messageId}/thread`, { content: "x" }, "threadCreate", { messageId, content: "x" }],
  ] as const;

for (const transport of ["REST", "a frame"] as const) {
  test(`[CH1] [RM1] archived by ${transport}, a channel is readable; writes conflict`, async () => {
    const { ann, bob, eve, channelId, at, messageId } = await createArchiveScenario();
    const [socket, bobs] = [await ann.connect(channelId), await bob.connect(channelId)];
    if (transport === "REST") expect((await ann.call("DELETE", at)).status).toBe(204);
    else
      expect(await socket.sendCommand("channelDelete")).toMatchObject({
        data: { channel: { id: channelId } },
      });
    const { data, seq, at: moment } = await bobs.next("channelDelete");
    expect(data.channel).toMatchObject({ id: channelId, archivedAt: moment });
    // Repeated: the same response, and no second event.
    expect((await ann.call("DELETE", at)).status).toBe(204);
    expect(await socket.sendCommand("channelDelete")).toMatchObject({ type: "ack", data });
    await evictRoom(channelId);
    const before = await roomTables(channelId);
    for (const [method, path, body, type, frame] of writes(messageId, bob, eve)) {
      const answer = await ann.call(method, at + path, body);
      expect([method, path, answer.body.code]).toEqual([method, path, "conflict"]);
      expect([type, await socket.sendCommand(type, frame)]).toMatchObject([
        type,
        { error: { code: "conflict" } },
      ]);
    }
    expect((await eve.call("POST", `${at}/join`)).body.code).toBe("conflict");
    expect(await roomTables(channelId)).toEqual(before);
    for (const path of ["", "/messages", "/members", `/messages/${messageId}`, "/events?after=1"])
      expect([path, (await eve.call("GET", at + path)).status]).toEqual([path, 200]);
    expect((await ann.call("GET", at)).body).toMatchObject({ seq, archivedAt: moment });
    expect([await listed(eve, "public", channelId), await listed(ann, "joined", channelId)]).toEqual([
      false,
      true,
    ]);
    const resumed = await bob.connect(channelId, `?since=${seq - 1}`);
    expect(resumed.events.map(({ type }) => type)).toEqual(["channelDelete"]);
    await expectDatabaseMatchesLog(channelId);
    for (const open of [socket, bobs, resumed]) open.close();
  });

  test(`[CH1] [RM1] unarchived by ${transport}, a channel accepts writes under its name`, async () => {
    const { ann, bob, eve, channelId, at } = await createArchiveScenario();
    const socket = await ann.connect(channelId);
    const { name } = (await ann.call("GET", at)).body;
    await ann.call("DELETE", at);
    const unarchive = async () =>
      transport === "REST"
        ? (await ann.call("POST", `${at}/unarchive`)).body
        : ((await socket.sendCommand("channelUpdate", { archived: false })) as any).data.channel;
    expect(await unarchive()).toMatchObject({ id: channelId, name, archivedAt: null });
    const events = await listEvents(channelId, ann);
    expect(events.at(-1)).toMatchObject({ type: "channelUpdate", data: { channel: { archivedAt: null } } });
    expect(await unarchive(), "repeated: no event").toMatchObject({ archivedAt: null });
    expect(await listEvents(channelId, ann)).toEqual(events);
    expect((await bob.call("POST", `${at}/messages`, { content: "again" })).status).toBe(201);
    expect(await listed(eve, "public", channelId)).toBe(true);
    await expectDatabaseMatchesLog(channelId);
    socket.close();
  });
}

test("[CH1] [CH3] members can leave an archived channel; its last owner can't", async () => {
  const { ann, bob, cid, channelId, at } = await createArchiveScenario();
  const socket = await cid.connect(channelId);
  await ann.call("DELETE", at);
  expect((await bob.call("POST", `${at}/leave`)).status).toBe(204);
  expect((await ann.call("DELETE", `${at}/members/${cid.userId}`)).status).toBe(204);
  expect(await socket.closed).toMatchObject({ code: 4403 });
  expect((await ann.call("POST", `${at}/leave`)).body.code).toBe("conflict");
  const { items } = (await ann.call("GET", `${at}/members`)).body;
  expect(items.map(({ userId }: { userId: string }) => userId)).toEqual([ann.userId]);
  await expectDatabaseMatchesLog(channelId);
});

test("[CH1] only owners and workspace admins archive and unarchive", async () => {
  const { ann, bob, cid, eve, at } = await createArchiveScenario();
  const admin = await createUser("admin", { role: "admin" });
  await ann.call("PATCH", `${at}/members/${bob.userId}`, { role: "moderator" });
  const both = async (who: TestUser) => [
    (await who.call("DELETE", at)).status,
    (await who.call("POST", `${at}/unarchive`)).status,
    (await who.call("PATCH", at, { archived: false })).status,
  ];
  for (const who of [bob, cid, eve]) expect(await both(who)).toEqual([403, 403, 403]);
  for (const who of [ann, admin]) expect(await both(who)).toEqual([204, 200, 200]);
  await ann.call("DELETE", at);
  for (const who of [bob, cid, eve]) expect((await both(who)).slice(1)).toEqual([403, 403]);
});

test("[ER2] both transports reject archive fields of the wrong type", async () => {
  const { ann, channelId, at } = await createArchiveScenario();
  const socket = await ann.connect(channelId);
  for (const change of [{ archived: true }, { archived: null }, { archivedAt: null }]) {
    expect((await ann.call("PATCH", at, change)).body.code).toBe("validation_failed");
    expect(await socket.sendCommand("channelUpdate", change)).toMatchObject({
      error: { code: "validation_failed" },
    });
  }
  expect(await socket.sendCommand("channelDelete", { force: true })).toMatchObject({
    error: { code: "validation_failed" },
  });
  socket.close();
});
