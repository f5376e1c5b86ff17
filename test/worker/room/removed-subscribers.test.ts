import { expect, test } from "vitest";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { countCommits } from "../../support/worker/fakes/call-counter.ts";
import { pauseAttach } from "../../support/worker/fakes/object-methods.ts";
import { createSession, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, sendTogether } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

const contents = (socket: TestSocket) =>
  socket.events.map(({ type, data }: any) => data.message?.content ?? type);

for (const state of ["awake", "hibernated"] as const) {
  test(`[RM8] a removed member's sockets get all before, then 4403 within 2 s (${state})`, async () => {
    const [ann, bob, cat] = await createUsers("ann", "bob", "cat");
    const channel = await createChannelFor(ann!, [bob!, cat!], { isPrivate: true });
    const phone = await createSession(bob!);
    const [asCat, ...ofBob] = [
      await cat!.connect(channel),
      await bob!.connect(channel),
      await phone.connect(channel),
    ];
    await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "before" });
    if (state === "hibernated") await evictRoom(channel);
    const startedAt = Date.now();
    const removal = ann!.call("DELETE", `/v1/channels/${channel}/members/${bob!.userId}`);
    for (const socket of ofBob) expect(await socket.closed).toMatchObject({ code: 4403 });
    expect(Date.now() - startedAt).toBeLessThan(2_000 + loadAllowanceMs);
    expect((await removal).status).toBe(204);
    await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "after" });
    await asCat.waitForSeq(7);
    expect(contents(asCat)).toEqual(["before", "memberLeave", "after"]);
    for (const socket of ofBob) expect(contents(socket)).toEqual(["before", "memberLeave"]);
    expect((await requestUpgrade(`/v1/channels/${channel}/realtime`, bob!.token)).status).toBe(404);
  });

  test(`[RM8] a leaving member receives ack, own event, then 4403 (${state})`, async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channel = await createChannelFor(ann!, [bob!]);
    const socket = await bob!.connect(channel);
    if (state === "hibernated") await evictRoom(channel);
    socket.send({ id: 1, type: "memberLeave" });
    socket.send(messageFrame("after", undefined, 2));
    expect((await socket.closed).code).toBe(4403);
    expect(socket.seen.slice(2).flatMap(({ type }) => (type === "error" ? [] : [type]))).toEqual([
      "ack",
      "memberLeave",
    ]);
    expect((await ann!.call("GET", `/v1/channels/${channel}/messages`)).body.items).toEqual([]);
    const back = await bob!.connect(channel);
    expect(
      await back.sendCommand("messageCreate", { content: "as a guest" }),
      "a reader of a public channel may not write",
    ).toMatchObject({ error: { code: "forbidden" } });
  });

  test(`[RM8] a channel turned private closes non-members before the event (${state})`, async () => {
    const [ann, bob, eve] = await createUsers("ann", "bob", "eve");
    const channel = await createChannelFor(ann!, [bob!]);
    const [asBob, asEve] = [await bob!.connect(channel), await eve!.connect(channel)];
    await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "open" });
    if (state === "hibernated") await evictRoom(channel);
    await ann!.call("PATCH", `/v1/channels/${channel}`, { isPrivate: true, topic: "secret plans" });
    expect((await asEve.closed).code).toBe(4403);
    await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "closed" });
    await asBob.waitForSeq(6);
    expect(contents(asBob)).toEqual(["open", "channelUpdate", "closed"]);
    expect(contents(asEve)).toEqual(["open"]);
    expect(asEve.frames.join()).not.toContain("secret plans");
  });
}

test("[RM8] within one batch a removed member receives only events before the removal", async () => {
  const [ann, bob, cat] = await createUsers("ann", "bob", "cat");
  const channel = await createChannelFor(ann!, [bob!, cat!], { isPrivate: true });
  const [asAnn, asBob, asCat] = [
    await ann!.connect(channel),
    await bob!.connect(channel),
    await cat!.connect(channel),
  ];
  const turns = await countCommits(async () => {
    await sendTogether(channel, [
      [ann!, messageFrame("prime")],
      [cat!, messageFrame("precedes")],
      [ann!, { type: "memberLeave", data: { userId: bob!.userId } }],
      [bob!, messageFrame("of one who is gone", undefined, "late")],
      [cat!, messageFrame("follows")],
    ]);
    await asCat.waitForSeq(8);
  });
  expect(turns).toBeLessThanOrEqual(2);
  expect((await asBob.closed).code).toBe(4403);
  expect(contents(asBob)).toEqual(["prime", "precedes", "memberLeave"]);
  expect(asBob.seen.filter(({ type }) => type === "error")).toMatchObject([
    { id: "late", error: { code: "not_found" } },
  ]);
  for (const socket of [asAnn, asCat])
    expect(contents(socket)).toEqual(["prime", "precedes", "memberLeave", "follows"]);
});

test("[RM8] within one batch non-members receive only events before it turns private", async () => {
  const [ann, bob, eve] = await createUsers("ann", "bob", "eve");
  const channel = await createChannelFor(ann!, [bob!]);
  const [, asBob, asEve] = [
    await ann!.connect(channel),
    await bob!.connect(channel),
    await eve!.connect(channel),
  ];
  const turns = await countCommits(async () => {
    await sendTogether(channel, [
      [bob!, messageFrame("prime")],
      [bob!, messageFrame("precedes")],
      [ann!, { type: "channelUpdate", data: { isPrivate: true } }],
      [bob!, messageFrame("follows")],
    ]);
    await asBob.waitForSeq(7);
  });
  expect(turns).toBeLessThanOrEqual(2);
  expect((await asEve.closed).code).toBe(4403);
  expect(contents(asEve)).toEqual(["prime", "precedes"]);
  expect(contents(asBob)).toEqual(["prime", "precedes", "channelUpdate", "follows"]);
});

test("[RM8] a member removed after it turned private in one batch gets all before", async () => {
  const [ann, bob, cat] = await createUsers("ann", "bob", "cat");
  const channel = await createChannelFor(ann!, [bob!, cat!]);
  await ann!.call("PATCH", `/v1/channels/${channel}/members/${cat!.userId}`, { role: "moderator" });
  const [, asBob, asCat] = [
    await ann!.connect(channel),
    await bob!.connect(channel),
    await cat!.connect(channel),
  ];
  const turns = await countCommits(async () => {
    await sendTogether(channel, [
      [cat!, messageFrame("prime")],
      [ann!, { type: "channelUpdate", data: { isPrivate: true } }],
      [cat!, messageFrame("among us")],
      [cat!, { type: "memberLeave", data: { userId: bob!.userId } }],
      [cat!, messageFrame("follows")],
    ]);
    await asCat.waitForSeq(10);
  });
  expect(turns).toBeLessThanOrEqual(2);
  expect((await asBob.closed).code).toBe(4403);
  expect(contents(asBob)).toEqual(["prime", "channelUpdate", "among us", "memberLeave"]);
});

test("[RM8] a member removed while connecting is rejected or closed", async () => {
  for (let round = 0; round < 12; round++) {
    const [ann, bob] = await createUsers("ann", "bob");
    const channel = await createChannelFor(ann!, [bob!], { isPrivate: true });
    const remove = async () => {
      for (let tick = 0; tick < round; tick++) await Promise.resolve();
      return ann!.call("DELETE", `/v1/channels/${channel}/members/${bob!.userId}`);
    };
    const [response, removal] = await Promise.all([
      requestUpgrade(`/v1/channels/${channel}/realtime`, bob!.token),
      remove(),
    ]);
    expect(removal.status).toBe(204);
    if (!response.webSocket) expect(response.status).toBe(404);
    else expect((await new TestSocket(response.webSocket).closed).code).toBe(4403);
  }
});

test("[RM8] a member removed between hub and room check is rejected like a non-member", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!], { isPrivate: true });
  const { reached, release } = pauseAttach();
  const connecting = requestUpgrade(`/v1/channels/${channel}/realtime?since=0`, bob!.token);
  await reached();
  expect((await ann!.call("DELETE", `/v1/channels/${channel}/members/${bob!.userId}`)).status).toBe(204);
  release();
  expect((await connecting).status).toBe(404);
});
