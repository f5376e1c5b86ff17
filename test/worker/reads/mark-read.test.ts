import { expect, test } from "vitest";
import { markRead, setNotificationLevel } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { listedUnread, markReadUpTo, storedReadState } from "../../support/worker/clients/read-state.ts";
import { withoutSignals } from "../../support/worker/clients/received-events.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { projectionProgress, waitForProjections } from "../../support/worker/objects/projection.ts";
import { roomLog, roomTables } from "../../support/worker/objects/room-object.ts";

/** Creates a channel of Ann with member Bob and five messages of Ann, seqs 4 to 8. */
async function five(): Promise<{ ann: TestUser; bob: TestUser; channelId: string }> {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  for (let n = 0; n < 5; n++) await postMessage(ann, channelId, `${n}`);
  return { ann, bob, channelId };
}

test("[RS3] REST sets the read position forward and back, and returns unread counts", async () => {
  const { bob, channelId } = await five();
  for (const [seq, unread] of [
    [5, 3],
    [8, 0],
    [4, 4],
    [4, 4],
    [0, 5],
    [8, 0],
  ] as const) {
    expect(await markReadUpTo(bob, channelId, seq)).toEqual({ lastReadSeq: seq, unread, mentions: 0 });
    expect(await listedUnread(bob, channelId)).toMatchObject({ lastReadSeq: seq, unread });
  }
});

test("[RS3] a frame only moves forward unless it marks unread; late frames are ignored", async () => {
  const { bob, channelId } = await five();
  const socket = await bob.connect(channelId);
  const state = (lastReadSeq: number) => ({
    type: "ack",
    data: { lastReadSeq, unread: 8 - lastReadSeq, mentions: 0 },
  });
  expect(await socket.sendCommand("read", { seq: 6 })).toMatchObject(state(6));
  expect(await socket.sendCommand("read", { seq: 4 })).toMatchObject(state(6));
  expect(await socket.sendCommand("read", { seq: 6 })).toMatchObject(state(6));
  expect(await socket.sendCommand("read", { seq: 7 })).toMatchObject(state(7));
  expect(await socket.sendCommand("read", { seq: 4, markUnread: true })).toMatchObject(state(4));
  expect(await storedReadState(channelId, bob)).toEqual({ lastReadSeq: 4, level: "mentions" });
});

test("[RS3] a position past the head is rejected by both transports, naming seq", async () => {
  const { bob, channelId } = await five();
  const before = await roomTables(channelId);
  const socket = await bob.connect(channelId);
  for (const seq of [9, 1_000, Number.MAX_SAFE_INTEGER])
    for (const markUnread of [undefined, true as const]) {
      const problem = await expectRejected(markRead, { as: bob, params: { channelId }, body: { seq } });
      expect(problem).toMatchObject({
        code: "validation_failed",
        issues: [{ path: "seq", message: expect.stringContaining("8") }],
      });
      expect(await socket.sendCommand("read", { seq, ...(markUnread && { markUnread }) })).toMatchObject({
        type: "error",
        error: { code: "validation_failed", issues: [{ path: "seq" }] },
      });
    }
  expect(await roomTables(channelId)).toEqual(before);
});

test("[RS3] an invalid seq is rejected by both transports, naming the field", async () => {
  const { bob, channelId } = await five();
  const socket = await bob.connect(channelId);
  for (const seq of [-1, 1.5, "4", null, undefined, 1e300, [4], {}]) {
    const body = { seq };
    const { status, body: problem } = await callEndpoint(markRead, { as: bob, params: { channelId }, body });
    expect([status, problem.issues[0].path], JSON.stringify(seq)).toEqual([400, "seq"]);
    expect((await socket.sendCommand("read", body)).type, JSON.stringify(seq)).toBe("error");
  }
  const more = { seq: 4, markUnread: true };
  expect((await expectRejected(markRead, { as: bob, params: { channelId }, body: more })).code).toBe(
    "validation_failed",
  );
  expect((await socket.sendCommand("read", { seq: 4, markUnread: false })).type).toBe("error");
  for (const level of ["ALL", "", null, 1, "everything"])
    expect(
      (await expectRejected(setNotificationLevel, { as: bob, params: { channelId }, body: { level } }))
        .issues,
    ).toMatchObject([{ path: "level" }]);
});

test("[RS3] a non-member gets 403 in a public channel and 404 in a private one", async () => {
  const { ann, channelId } = await five();
  const eve = await createUser("eve");
  const admin = await createUser("admin", { role: "admin" });
  const privateId = await createChannelFor(ann, [], { isPrivate: true });
  for (const [endpoint, body] of [
    [markRead, { seq: 1 }],
    [setNotificationLevel, { level: "all" }],
  ] as const)
    for (const as of [eve, admin]) {
      const to = (id: string) => expectRejected(endpoint, { as, params: { channelId: id }, body });
      expect((await to(channelId)).code).toBe("forbidden");
      const [hidden, none] = [await to(privateId), await to("chn_01AAAAAAAAAAAAAAAAAAAAAAAA")];
      expect({ ...hidden, requestId: "" }).toEqual({ ...none, requestId: "" });
      expect(hidden.status).toBe(404);
      expect((await expectRejected(endpoint, { params: { channelId }, body })).code).toBe("unauthenticated");
    }
  expect(await roomTables(channelId)).toMatchObject({ readers: { length: 2 } });
});

test("[RS4] a read position is private: no event, no seq, not even to own devices", async () => {
  const { ann, bob, channelId } = await five();
  const [hers, his, other] = [
    await ann.connect(channelId),
    await bob.connect(channelId),
    await bob.connect(channelId),
  ];
  const before = await roomLog(channelId);
  for (let n = 0; n < 5; n++) {
    await his.sendCommand("read", { seq: 4 + n });
    await his.sendCommand("notificationLevel", { level: n % 2 ? "all" : "none" });
    await markReadUpTo(bob, channelId, 4);
  }
  await postMessage(ann, channelId, "the next thing that anybody hears");
  await Promise.all([hers, his, other].map((socket) => socket.waitForSeq(9)));
  expect(await roomLog(channelId)).toHaveLength(before.length + 1);
  for (const socket of [hers, other])
    expect(withoutSignals(socket).map(({ type }) => type)).toEqual(["hello", "subscribed", "messageCreate"]);
  await waitForProjections(channelId);
  expect(await projectionProgress(channelId)).toEqual({ head: 9, recorded: 9 });
  const events = await ann.call("GET", `/v1/channels/${channelId}/events?after=0`);
  expect(events.text).not.toMatch(/lastRead|level/);
  expect((await listedUnread(ann, channelId))?.lastReadSeq, "each has their own").toBe(2);
});

test("[RS4] levels are set repeatedly, stored per member, over both transports", async () => {
  const { bob, channelId } = await five();
  const socket = await bob.connect(channelId);
  expect((await listedUnread(bob, channelId))?.level).toBe("mentions");
  for (const level of ["all", "all", "none", "mentions"] as const) {
    expect(await expectOk(setNotificationLevel, { as: bob, params: { channelId }, body: { level } })).toEqual(
      {
        level,
      },
    );
    expect(await socket.sendCommand("notificationLevel", { level })).toMatchObject({
      type: "ack",
      data: { level },
    });
    await markReadUpTo(bob, channelId, 5);
    expect(await listedUnread(bob, channelId)).toMatchObject({ level, lastReadSeq: 5 });
  }
});
