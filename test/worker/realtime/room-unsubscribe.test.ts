import { expect, test } from "vitest";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { withoutSignals } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { blockHub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, sendTogether } from "../../support/worker/objects/room-object.ts";

const story = (socket: TestSocket): string[] =>
  withoutSignals(socket)
    .slice(1)
    .map(({ type, id }: any) => (id === undefined ? type : `${type} ${id}`))
    .filter((item) => item !== "subscribed");

async function scene() {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  return { ann, bob, cid, channelId: await createChannelFor(ann, [bob]) };
}

for (const kind of ["gateway's", "direct"] as const) {
  const open = (channelId: string, who: TestUser) =>
    kind === "direct" ? who.connect(channelId) : connectRoom(channelId, who);

  test(`[GW4] ${kind} unsubscribe is answered after earlier frames and ends events`, async () => {
    const { ann, bob, cid, channelId } = await scene();
    const socket = await open(channelId, ann);
    const asBob = await bob.connect(channelId);
    const release = await blockHub(cid.userId);
    socket.send(messageFrame("one", undefined, 1));
    socket.send({ id: 2, type: "memberJoin", data: { userId: cid.userId } });
    socket.send(messageFrame("three", undefined, 3));
    socket.send({ id: 4, type: "statusUpdate", data: { presence: "dnd" } });
    socket.send({ type: "unsubscribe" });
    await asBob.waitForSeq(4);
    await postMessage(bob, channelId, "others go on meanwhile");
    await socket.waitForSeq(5);
    release();
    expect((await socket.closed).code).toBe(1000);
    await postMessage(bob, channelId, "after");
    expect(JSON.parse(socket.frames.at(-1)!)).toEqual([
      { type: "unsubscribed", channelId, data: { reason: "requested", seq: 7 } },
    ]);
    expect(socket.events.map(({ seq }) => seq)).toEqual([4, 5, 6, 7]);
    const answers = story(socket).filter((item) => item.startsWith("ack"));
    expect(answers.toSorted()).toEqual(["ack 1", "ack 2", "ack 3", "ack 4"]);
    expect(answers.filter((item) => item !== "ack 4")).toEqual(["ack 1", "ack 2", "ack 3"]);
  });

  test(`[GW4] ${kind} unsubscribe without pending work is answered at once`, async () => {
    const { ann, channelId } = await scene();
    const socket = await open(channelId, ann);
    await evictRoom(channelId);
    socket.send({ id: 1, type: "unsubscribe", channelId });
    expect((await socket.closed).code).toBe(1000);
    expect(story(socket)).toEqual(["unsubscribed"]);
  });

  test(`[GW4] ${kind} frames after unsubscribe are rejected, a repeat is one answer`, async () => {
    const { ann, cid, channelId } = await scene();
    const socket = await open(channelId, ann);
    const release = await blockHub(cid.userId);
    socket.send({ id: 1, type: "memberJoin", data: { userId: cid.userId } });
    socket.send({ id: 2, type: "unsubscribe" });
    socket.send(messageFrame("late", undefined, 3));
    socket.send({ id: 4, type: "typing" });
    socket.send({ id: 5, type: "unsubscribe" });
    await socket.waitFor((item) => item.type === "error" && item.id === 5);
    release();
    expect((await socket.closed).code).toBe(1000);
    expect(story(socket)).toEqual(["error 3", "error 4", "error 5", "ack 1", "memberJoin", "unsubscribed"]);
    expect(socket.seen.find(({ type }) => type === "error")).toMatchObject({
      id: 3,
      error: { code: "conflict", detail: "This socket was unsubscribed and is closing" },
    });
  });
}

test("[GW4] within one batch its event precedes the answer to `unsubscribe`", async () => {
  const { ann, bob, channelId } = await scene();
  const [socket, asBob] = [await connectRoom(channelId, ann), await bob.connect(channelId)];
  await sendTogether(channelId, [
    [bob, messageFrame("prime")],
    [ann, messageFrame("mine", undefined, 1)],
    [bob, messageFrame("also heard")],
    [ann, { type: "unsubscribe" }],
    [bob, messageFrame("of the same turn")],
  ]);
  expect((await socket.closed).code).toBe(1000);
  await asBob.waitForSeq(7);
  expect(story(socket)).toEqual([
    "messageCreate",
    "ack 1",
    "messageCreate",
    "messageCreate",
    "messageCreate",
    "unsubscribed",
  ]);
  expect(withoutSignals(socket).at(-1)).toMatchObject({ data: { seq: 7 } });
});

test("[GW4] [RD3] a removal that D1 does not confirm is answered before the end, too", async () => {
  const { ann, bob, channelId } = await scene();
  const socket = await connectRoom(channelId, ann);
  disconnectDatabase();
  socket.send({ id: 1, type: "memberLeave", data: { userId: bob.userId } });
  socket.send({ type: "unsubscribe" });
  expect((await socket.closed).code).toBe(1000);
  restoreDatabases();
  expect(story(socket)).toEqual(["memberLeave", "error 1", "unsubscribed"]);
});

test("[GW2] `subscribe` on a room's own socket is a conflict and leaves it open", async () => {
  const { ann, channelId } = await scene();
  for (const socket of [await ann.connect(channelId), await connectRoom(channelId, ann)]) {
    expect(await socket.sendCommand("subscribe", { since: 1 })).toMatchObject({
      error: { code: "conflict" },
    });
    expect(await socket.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });
  }
});
