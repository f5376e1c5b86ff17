import { expect, test } from "vitest";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { withoutSignals } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, sendTogether } from "../../support/worker/objects/room-object.ts";

const story = (socket: TestSocket): string[] =>
  withoutSignals(socket).map((item: any) =>
    [item.type, item.seq ?? item.data?.seq].filter(Boolean).join(" "),
  );

async function scene({ isPrivate = false } = {}) {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob], { isPrivate });
  return { ann, bob, channelId };
}

test("[GW1] [RM4] a gateway's socket gets missed, `subscribed`, live, without `hello`", async () => {
  const { ann, bob, channelId } = await scene();
  await postMessage(ann, channelId, "missed");
  const [inner, direct] = [
    await connectRoom(channelId, bob, { since: 3 }),
    await bob.connect(channelId, "?since=3"),
  ];
  await evictRoom(channelId);
  await postMessage(ann, channelId, "live");
  await Promise.all([inner, direct].map((socket) => socket.waitForSeq(5)));
  expect(story(inner)).toEqual(["messageCreate 4", "subscribed 4", "messageCreate 5"]);
  expect(story(direct)).toEqual(["hello 4", "messageCreate 4", "subscribed 4", "messageCreate 5"]);
  for (const event of inner.events) expect(direct.plainFrames.join()).toContain(JSON.stringify(event));
  expect(await inner.sendCommand("messageCreate", { content: "over both", nonce: "n" })).toMatchObject({
    type: "ack",
  });
  expect(await direct.sendCommand("messageCreate", { content: "over both", nonce: "n" })).toMatchObject({
    data: { deduplicated: true },
  });
});

test("[GW1] a gateway's socket resumes like a direct one: another epoch is a `reset`", async () => {
  const { ann, channelId } = await scene();
  const inner = await connectRoom(channelId, ann, { since: 2, epoch: "another-life" });
  expect(story(inner)).toEqual(["reset 3", "subscribed 3"]);
});

for (const state of ["awake", "hibernated"] as const) {
  test(`[GW6] a removed member gets the last seq in its own frame before 4403 (${state})`, async () => {
    const { ann, bob, channelId } = await scene({ isPrivate: true });
    const phone = await createSession(bob);
    const [inner, direct, further] = [
      await connectRoom(channelId, bob),
      await bob.connect(channelId),
      await connectRoom(channelId, phone),
    ];
    await postMessage(ann, channelId, "before");
    if (state === "hibernated") await evictRoom(channelId);
    expect((await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`)).status).toBe(204);
    await postMessage(ann, channelId, "after");
    for (const socket of [inner, further]) {
      expect((await socket.closed).code).toBe(4403);
      expect(JSON.parse(socket.frames.at(-1)!)).toEqual([
        { type: "unsubscribed", channelId, data: { reason: "removed", seq: 5 } },
      ]);
      expect(story(socket)).toEqual(["subscribed 3", "messageCreate 4", "memberLeave 5", "unsubscribed 5"]);
    }
    expect((await direct.closed).code).toBe(4403);
    expect(story(direct).at(-1), "the close itself says so").toBe("memberLeave 5");
  });

  test(`[GW6] non-members of a channel turned private get all up to the end (${state})`, async () => {
    const { ann, bob, channelId } = await scene();
    const [eve] = (await createUsers("eve")) as [TestUser];
    const [inner, asBob] = [await connectRoom(channelId, eve), await connectRoom(channelId, bob)];
    await postMessage(ann, channelId, "open");
    if (state === "hibernated") await evictRoom(channelId);
    await ann.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true, topic: "secret plans" });
    await asBob.waitForSeq(5);
    expect((await inner.closed).code).toBe(4403);
    expect(story(inner)).toEqual(["subscribed 3", "messageCreate 4", "unsubscribed 4"]);
    expect(story(asBob)).toEqual(["subscribed 3", "messageCreate 4", "channelUpdate 5"]);
  });
}

test("[GW6] within one batch too, after the pending acks", async () => {
  const { ann, bob, channelId } = await scene({ isPrivate: true });
  const [asAnn, inner] = [await connectRoom(channelId, ann), await connectRoom(channelId, bob)];
  await sendTogether(channelId, [
    [ann, messageFrame("prime")],
    [bob, messageFrame("theirs", undefined, "theirs")],
    [ann, { type: "memberLeave", data: { userId: bob.userId } }],
    [bob, messageFrame("of one who is gone", undefined, "late")],
    [ann, messageFrame("follows")],
  ]);
  await asAnn.waitForSeq(7);
  expect((await inner.closed).code).toBe(4403);
  const [answers, rest] = [["ack", "error"], story(inner)];
  expect(rest.filter((item) => !answers.includes(item))).toEqual([
    "subscribed 3",
    "messageCreate 4",
    "messageCreate 5",
    "memberLeave 6",
    "unsubscribed 6",
  ]);
  expect(rest.filter((item) => answers.includes(item))).toEqual(["ack", "error"]);
});

test("[RM10] the end of a session only closes with 4401, without channel frames", async () => {
  const { ann, bob, channelId } = await scene();
  const inner = await connectRoom(channelId, bob);
  await bob.call("POST", "/v1/auth/logout");
  expect((await inner.closed).code).toBe(4401);
  expect(story(inner)).toEqual(["subscribed 3"]);
  await postMessage(ann, channelId, "after");
});
