import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { runScheduledTask, waitForProjection } from "../../support/worker/objects/projection.ts";
import {
  inRoom,
  rejectInsertsOf,
  roomLog,
  roomRows,
  sendTogether,
} from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The topic as of `seq`, by the log. */
async function topicsOf(channelId: string): Promise<(seq: number) => string> {
  const states = (await roomLog(channelId)).filter(({ type }) => type.startsWith("channel"));
  return (at) => JSON.parse(states.findLast(({ seq }) => seq <= at)!.data).channel.topic;
}

test("[LG12] each of 20 concurrent PATCHes returns the topic as of its own seq", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const answers = await Promise.all(
    sequenceFrom(0, 20).map((n) => ann.call("PATCH", `/v1/channels/${channel}`, { topic: `t${n}` })),
  );
  const topicAt = await topicsOf(channel);
  for (const { body } of answers) expect([body.seq, body.topic]).toEqual([body.seq, topicAt(body.seq)]);
  expect(answers.map(({ body }) => body.seq).sort((a, b) => a - b)).toEqual(sequenceFrom(3, 20));
});

test("[LG12] so does each of one batch, also where it changed nothing", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const actor = { userId: ann.userId, sessionId: ann.sessionId, role: "member" as const };
  const answers = await inRoom(channel, (room) =>
    Promise.all(
      ["A", "B", "B", "C"].map((topic) => room.execute(actor, { type: "channelUpdate", data: { topic } })),
    ),
  );
  const values = answers.map((answer) => (answer.ok ? answer.value : expect.fail("refused")));
  expect(values.map(({ seq, repeated }) => [seq, repeated])).toEqual([
    [3, false],
    [4, false],
    [4, true],
    [5, false],
  ]);
  const topicAt = await topicsOf(channel);
  for (const { seq, result } of values) expect(result).toMatchObject({ channel: { topic: topicAt(seq) } });
});

for (const [what, type, data, code] of [
  ["a removal", "memberLeave", (who: TestUser) => ({ userId: who.userId }), 4403],
  ["making it private", "channelUpdate", () => ({ isPrivate: true }), 4403],
] as const) {
  const cast = async () => {
    const [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
    const channel = await createChannelFor(ann, type === "memberLeave" ? [eve] : []);
    await waitForProjection(channel);
    return { ann, eve, channel, asAnn: await ann.connect(channel), asEve: await eve.connect(channel) };
  };

  test(`[RD3] [RM1] ${what} over a socket applies at once, acked once D1 has it`, async () => {
    const { eve, asAnn, asEve } = await cast();
    let open = false;
    interceptDatabase(async (trip) => {
      while (isProjectionBatch(trip) && !open) await scheduler.wait(1);
      return trip.run();
    });
    const answer = asAnn.sendCommand(type, data(eve));
    expect((await asEve.closed).code).toBe(code);
    asAnn.send({ type: "ping", id: "after" });
    await asAnn.next("pong");
    expect(asAnn.seen.filter((item) => item.type === "ack" || item.type === "error")).toEqual([]);
    open = true;
    expect((await answer).type).toBe("ack");
  });

  test(`[RD3] [RM1] ${what} over a socket while D1 fails applies, is \`unavailable\``, async () => {
    const { ann, eve, channel, asAnn, asEve } = await cast();
    interceptDatabase((trip) => (isProjectionBatch(trip) ? rejectAsUnreachable() : trip.run()));
    expect(await asAnn.sendCommand(type, data(eve))).toMatchObject({
      type: "error",
      error: { code: "unavailable" },
    });
    expect((await asEve.closed).code).toBe(code);
    const door = `/v1/channels/${channel}/events`;
    if (type === "channelUpdate") expect((await eve.call("GET", door)).status).toBe(404);
    expect((await requestUpgrade(`/v1/channels/${channel}/realtime`, ann.token)).status).toBe(101);
    expect(await asAnn.sendCommand(type, data(eve)), "it is still not confirmed").toMatchObject({
      type: "error",
    });
    restoreDatabases();
    await runScheduledTask(channel);
    expect((await asAnn.sendCommand(type, data(eve))).type).toBe("ack");
    await expectDatabaseMatchesLog(channel);
  });
}

test("[LG6] [LG1] a batch whose outbox row fails is rolled back with errors to senders", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  await waitForProjection(channel);
  while (await runScheduledTask(channel));
  vi.useRealTimers();
  expect(await roomRows(channel, "SELECT * FROM due")).toEqual([]);
  const [asAnn, asBob] = [await ann.connect(channel), await bob.connect(channel)];
  await rejectInsertsOf(channel, "record", "due", "key");
  await sendTogether(channel, [
    [ann, messageFrame("a", "a", 1)],
    [bob, messageFrame("b", "b", 2)],
    [ann, messageFrame("c", "c", 3)],
  ]);
  for (const [socket, id] of [
    [asAnn, 1],
    [asBob, 2],
    [asAnn, 3],
  ] as const)
    expect(
      await socket.waitFor((item) => (item.type === "ack" || item.type === "error") && item.id === id),
    ).toMatchObject({ type: "error", error: { code: "unavailable" } });
  expect([(await roomLog(channel)).length, await roomRows(channel, "SELECT key FROM due")]).toEqual([
    3,
    [{ key: "sweep" }],
  ]);
  await inRoom(channel, (_, { storage }) => void storage.sql.exec("DROP TRIGGER poison_due"));
  expect(await asAnn.sendCommand("messageCreate", { content: "a", nonce: "a" })).toMatchObject({
    type: "ack",
  });
  expect(await roomRows(channel, "SELECT key FROM due")).toContainEqual({ key: "record" });
  for (const socket of [asAnn, asBob]) {
    await socket.waitForSeq(4);
    expect(socket.events.map(({ seq }) => seq)).toEqual([4]);
  }
  await expectDatabaseMatchesLog(channel);
});
