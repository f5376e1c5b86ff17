import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

const say = (who: TestUser, channelId: string, content: string) =>
  who.call("POST", `/v1/channels/${channelId}/messages`, { content });
const socketsIn = (channelId: string): Promise<number> =>
  inRoom(channelId, (_, state) => state.getWebSockets().filter(({ readyState }) => readyState === 1).length);

test("[GW4] `unsubscribe` is answered after earlier frames and ends channel events", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const [id, other] = [await createChannelFor(ann, [bob]), await createChannelFor(ann, [bob])];
  const socket = await connectGateway(bob);
  await socket.expectSubscribed(id);
  await socket.expectSubscribed(other);
  for (let n = 0; n < 20; n++) socket.send({ ...messageFrame(`${n}`, undefined, n), channelId: id });
  const { data } = await socket.unsubscribe(id);
  expect(data).toEqual({ reason: "requested", seq: 23 });
  const acks = socket.seen.filter(({ type }) => type === "ack");
  expect(acks).toHaveLength(20);
  expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual(sequenceFrom(4, 20));
  await say(ann, id, "not for Bob's ears");
  await say(ann, other, "for them");
  await socket.waitFor((item) => "channelId" in item && item.channelId === other && "seq" in item);
  expect(socket.envelopesOf(id).at(-1)).toMatchObject({ type: "unsubscribed" });
  expect(await socketsIn(id)).toBe(0);
});

test("[GW4] unsubscribing without a subscription is answered at once for any id", async () => {
  const ann = await createUser("ann");
  const socket = await connectGateway(ann);
  for (const id of [await createChannelFor(ann), "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    expect(await socket.unsubscribe(id)).toEqual({
      type: "unsubscribed",
      channelId: id,
      data: { reason: "requested" },
    });
});

test("[GW2] a second `subscribe` restarts at the given position without `unsubscribed`", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(ann);
  await socket.expectSubscribed(id);
  for (let n = 0; n < 5; n++) await say(bob, id, `${n}`);
  // A name is reserved in D1 first, so its answer is still pending at the next `subscribe`.
  socket.send({ id: "slow", type: "channelUpdate", channelId: id, data: { name: `renamed ${id}` } });
  socket.send({ type: "subscribe", channelId: id, data: { since: 2 } });
  socket.send({ ...messageFrame("after", undefined, "last"), channelId: id });
  await socket.waitFor((item) => item.type === "ack" && item.id === "last");
  await socket.waitFor((item) => "seq" in item && item.seq === 10);
  const items = socket.envelopesOf(id).map((item) => ("seq" in item ? item.seq : item.type));
  expect(items.slice(items.lastIndexOf("subscribed") - 7)).toEqual([...sequenceFrom(3, 7), "subscribed", 10]);
  expect(items).not.toContain("unsubscribed");
  const order = socket.seen.findIndex((item) => item.type === "ack" && item.id === "slow");
  expect(order, "what was under way is answered, before the new one begins").toBeGreaterThan(0);
  expect(socket.seen.slice(order).filter(({ type }) => type === "subscribed")).toHaveLength(1);
  expect(await socketsIn(id)).toBe(1);
});

test("[GW2] concurrent subscribes to one channel make one, and each is answered", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  for (let n = 0; n < 10; n++) socket.send({ type: "subscribe", channelId: id, data: { since: 0 } });
  socket.send({ ...messageFrame("live", undefined, "live"), channelId: id });
  await socket.waitFor((item) => "seq" in item && item.seq === 3);
  expect(socket.seen.filter(({ type }) => type === "subscribed")).toHaveLength(10);
  expect(socket.eventsOf(id).filter(({ seq }) => seq === 3)).toHaveLength(1);
  expect(await socketsIn(id)).toBe(1);
});

test("[GW6] [RM8] a removed member gets all up to that `seq`, and other channels go on", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const [id, other] = [
    await createChannelFor(ann, [bob], { isPrivate: true }),
    await createChannelFor(ann, [bob]),
  ];
  const socket = await connectGateway(bob);
  await socket.expectSubscribed(id);
  await socket.expectSubscribed(other);
  await say(ann, id, "the last that is his");
  await Promise.all([
    ann.call("DELETE", `/v1/channels/${id}/members/${bob.userId}`),
    ...Array.from({ length: 5 }, (_, n) => say(ann, id, `about him ${n}`)),
  ]);
  const { data } = await socket.waitForUnsubscribed(id, 0);
  const log = await listEvents(id, ann);
  const left = log.find(({ type }) => type === "memberLeave")!.seq;
  expect(data).toEqual({ reason: "removed", seq: left });
  expect(socket.eventsOf(id)).toEqual(log.filter(({ seq }) => seq > 3 && seq <= left));
  await say(ann, other, "still here");
  await socket.waitFor((item) => "channelId" in item && item.channelId === other && "seq" in item);
  expect(socket.envelopesOf(id).at(-1)).toMatchObject({ type: "unsubscribed" });
  expect(await socket.subscribe(id)).toMatchObject({ type: "error", error: { code: "not_found" } });
});

test("[GW6] leaving is acknowledged, then `unsubscribed` gives the last seq to resume", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(bob);
  await socket.expectSubscribed(id);
  expect(await socket.sendCommand("memberLeave", {}, id)).toMatchObject({ type: "ack" });
  expect((await socket.waitForUnsubscribed(id, 0)).data).toEqual({ reason: "removed", seq: 4 });
  expect(await socket.sendCommand("memberJoin", {}, id)).toMatchObject({ type: "ack" });
  await socket.expectSubscribed(id, { since: 4 });
  expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual([4, 5]);
});

test("[GW2] [GW6] leaving and resubscribing reports the end, since frames were lost", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(bob);
  await socket.expectSubscribed(id);
  socket.send({ type: "memberLeave", channelId: id });
  socket.send({ ...messageFrame("lost"), channelId: id });
  socket.send({ type: "subscribe", channelId: id, data: { since: 3 } });
  await socket.waitFor((item) => item.type === "subscribed" && socket.seen.indexOf(item) > 3);
  const items = socket.envelopesOf(id).map((item) => ("seq" in item ? item.seq : item.type));
  expect(items).toEqual(["subscribed", 4, "unsubscribed", 4, "subscribed"]);
  expect((await socket.waitForUnsubscribed(id, 0)).data).toEqual({ reason: "removed", seq: 4 });
});

test("[GW6] a channel turned private sends non-members everything before that", async () => {
  const [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
  const id = await createChannelFor(ann);
  const socket = await connectGateway(eve);
  await socket.expectSubscribed(id);
  await say(ann, id, "for all");
  await ann.call("PATCH", `/v1/channels/${id}`, { isPrivate: true });
  expect((await socket.waitForUnsubscribed(id, 0)).data).toEqual({ reason: "removed", seq: 3 });
  expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual([3]);
});
