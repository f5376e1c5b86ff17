import { expect, test } from "vitest";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import {
  evictRoom,
  inRoom,
  rejectInsertsOf,
  roomLog,
  roomRows,
  sendTogether,
} from "../../support/worker/objects/room-object.ts";

for (const [table, column] of [
  ["log", "data"],
  ["nonces", "nonce"],
] as const) {
  test(`[LG6] a failed write to ${table} in a batch rolls back only its own command`, async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channel = await createChannelFor(ann!, [bob!]);
    const [asAnn, asBob] = [await ann!.connect(channel), await bob!.connect(channel)];
    await rejectInsertsOf(channel, "poison", table, column);
    await sendTogether(channel, [
      [ann!, messageFrame("first", "1", 1)],
      [ann!, messageFrame("good", "2", 2)],
      [bob!, messageFrame("poison", "poison", 3)],
      [ann!, messageFrame("good too", "4", 4)],
      [bob!, { id: 5, type: "messageCreate", data: { content: "and this" } }],
    ]);
    await asAnn.waitForSeq(7);
    await asBob.waitForSeq(7);
    expect(await asBob.waitFor((item) => item.type === "error")).toMatchObject({
      id: 3,
      error: { code: "unavailable" },
    });
    for (const socket of [asAnn, asBob])
      expect(socket.events.map(({ seq, data }) => [seq, (data as any).message.content])).toEqual([
        [4, "first"],
        [5, "good"],
        [6, "good too"],
        [7, "and this"],
      ]);
    expect(asAnn.seen.filter(({ type }) => type === "ack").map((item) => (item as any).id)).toEqual([
      1, 2, 4,
    ]);
    expect((await roomLog(channel)).map(({ seq }) => seq)).toEqual(sequenceFrom(1, 7));
    expect(
      (await roomRows(channel, "SELECT nonce FROM nonces ORDER BY nonce")).map(({ nonce }) => nonce),
    ).toEqual(["1", "2", "4"]);
    expect(await roomRows(channel, "SELECT id FROM messages")).toHaveLength(4);
    await inRoom(channel, (_, { storage }) => void storage.sql.exec(`DROP TRIGGER poison_${table}`));
    asBob.send(messageFrame("poison", "poison", 6));
    expect(
      await asBob.waitFor((item) => item.type === "ack" && item.id === 6),
      "sent again, it is a first",
    ).not.toHaveProperty("data.deduplicated");
  });
}

test("[LG6] a member whose removal failed stays one for later commands of the batch", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const [asAnn, asBob] = [await ann!.connect(channel), await bob!.connect(channel)];
  await rejectInsertsOf(channel, `"joinedAt"`);
  await sendTogether(channel, [
    [ann!, messageFrame("prime")],
    [ann!, { id: 1, type: "memberLeave", data: { userId: bob!.userId } }],
    [bob!, messageFrame("still here", undefined, 2)],
  ]);
  expect(await asBob.waitFor((item) => item.type === "ack")).toMatchObject({
    id: 2,
    data: { message: { seq: 5 } },
  });
  expect(await asAnn.waitFor((item) => item.type === "error")).toMatchObject({
    id: 1,
    error: { code: "unavailable" },
  });
});

test("[LG11] every row has its release's version; a later release's row is rejected", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const { body: message } = await ann.call("POST", `/v1/channels/${channel}/messages`, {
    content: "understood",
  });
  expect(new Set((await roomLog(channel)).map(({ v }) => v))).toEqual(new Set([1]));
  const socket = await ann.connect(channel);
  await inRoom(
    channel,
    (_, { storage }) =>
      void storage.sql.exec(`UPDATE log SET v = 2, data = '{"text":"misread"}' WHERE seq = 3`),
  );
  await evictRoom(channel);
  const answers = [
    await ann.call("GET", `/v1/channels/${channel}/events`),
    await ann.call("PATCH", `/v1/channels/${channel}/messages/${message.id}`, { content: "edited" }),
  ];
  for (const { status, text } of answers) {
    expect(status).toBeGreaterThanOrEqual(500);
    expect(text).not.toContain("misread");
  }
  await expect(ann.connect(channel, "?since=0")).rejects.toThrow("No socket");
  expect(socket.frames.join()).not.toContain("misread");
  expect((await socket.sendCommand("messageCreate", { content: "the rest goes on" })).type).toBe("ack");
  expect((await ann.call("GET", `/v1/channels/${channel}/events?after=3`)).body.events).toHaveLength(1);
  expect(await roomRows(channel, "SELECT data FROM log WHERE seq = 3"), "and left as it is").toEqual([
    { data: '{"text":"misread"}' },
  ]);
});
