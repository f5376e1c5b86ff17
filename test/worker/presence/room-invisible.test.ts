import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { evictRoom, roomRows } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => void vi.useRealTimers());

const choose = (who: TestUser, presence: string) => who.call("PUT", "/v1/users/me/status", { presence });
const told = (socket: TestSocket): string[] =>
  signalsOf(socket).map(({ type, data }: any) => `${type} ${data.userId}`);
const settled = () => scheduler.wait(250);
const subscribed = (socket: TestSocket): any => socket.seen.find(({ type }) => type === "subscribed");

async function scene() {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid]);
  await choose(bob, "invisible");
  return { ann, bob, cid, channelId, asAnn: await ann.connect(channelId) };
}

test("[PS3] an invisible user appears in no list, no count and on no device", async () => {
  const { ann, bob, cid, channelId, asAnn } = await scene();
  const asBob = await bob.connect(channelId);
  await evictRoom(channelId);
  const asCid = await connectRoom(channelId, cid);
  for (const socket of [asBob, asCid]) expect(JSON.stringify(subscribed(socket))).not.toContain(bob.userId);
  expect(subscribed(asCid).data).toMatchObject({ onlineCount: 2 });
  const further = await (await createSession(bob)).connect(channelId);
  for (const socket of [asBob, further]) {
    socket.close();
    await socket.closed;
  }
  await postMessage(ann, channelId, "anybody here?");
  await asAnn.waitForSeq(5);
  await settled();
  expect(await roomRows(channelId, "SELECT * FROM departures")).toEqual([]);
  expect(told(asAnn)).toEqual([`userOnline ${cid.userId}`]);
});

test("[PS3] becoming invisible is sent as leaving at once, becoming visible as joining", async () => {
  const { bob, channelId, asAnn } = await scene();
  await bob.connect(channelId);
  await choose(bob, "auto");
  expect((await asAnn.next("userOnline")).data).toEqual({ userId: bob.userId });
  await evictRoom(channelId);
  const beganMs = Date.now();
  await choose(bob, "invisible");
  expect((await asAnn.next("userOffline")).data).toEqual({ userId: bob.userId });
  expect(Date.now() - beganMs).toBeLessThan(1_000 + loadAllowanceMs);
  await choose(bob, "dnd");
  expect((await asAnn.next("userOnline")).data).toEqual({ userId: bob.userId });
  expect((await asAnn.next("statusUpdate")).data).toMatchObject({ userId: bob.userId, presence: "dnd" });
  await settled();
  expect(told(asAnn)).toHaveLength(4);
});

test("[PS3] [PS2] a user hiding in the grace period leaves at once and returns unseen", async () => {
  const { bob, channelId, asAnn } = await scene();
  await choose(bob, "auto");
  const asBob = await bob.connect(channelId);
  await asAnn.next("userOnline");
  asBob.close();
  await eventually(
    async () => (await roomRows(channelId, "SELECT * FROM departures")).length === 1,
    "the departure",
  );
  await choose(bob, "invisible");
  expect((await asAnn.next("userOffline")).data).toEqual({ userId: bob.userId });
  expect(await roomRows(channelId, "SELECT * FROM departures")).toEqual([]);
  await bob.connect(channelId);
  await runScheduledTask(channelId, "departures");
  await settled();
  expect(told(asAnn).slice(1)).toEqual([`userOffline ${bob.userId}`]);
});

test("[PS3] [MT1] `@here` skips users who are invisible or disconnected", async () => {
  const { ann, bob, cid, channelId } = await scene();
  const asBob = await bob.connect(channelId);
  const asCid = await cid.connect(channelId);
  expect((await postMessage(ann, channelId, "@here one")).mentions).toEqual([cid.userId]);
  await evictRoom(channelId);
  expect((await postMessage(ann, channelId, "@here two")).mentions).toEqual([cid.userId]);
  asCid.close();
  await asCid.closed;
  await eventually(
    async () => (await roomRows(channelId, "SELECT * FROM departures")).length === 1,
    "the departure",
  );
  expect((await postMessage(ann, channelId, "@here three")).mentions).toEqual([]);
  await choose(bob, "away");
  await eventually(
    async () => (await postMessage(ann, channelId, "@here four")).mentions.length === 1,
    "the room's knowledge of Bob",
  );
  asBob.close();
});

test("[PS3] [TY1] typing of an invisible user is acknowledged but not sent", async () => {
  const { bob, cid, channelId, asAnn } = await scene();
  const asBob = await bob.connect(channelId);
  expect(await asBob.sendCommand("typing")).toEqual({ type: "ack", id: "t1", data: {} });
  const asCid = await cid.connect(channelId);
  await asCid.sendCommand("typing");
  await asAnn.next("typing");
  await settled();
  expect(told(asAnn)).toEqual([`userOnline ${cid.userId}`, `typing ${cid.userId}`]);
});
