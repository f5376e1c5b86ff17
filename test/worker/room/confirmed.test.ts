import { afterEach, expect, test, vi } from "vitest";
import { channelOf, people, type Person, person } from "../../support/worker/cast.ts";
import {
  interceptDatabase,
  isProjection,
  restoreDatabase,
  unreachable,
} from "../../support/worker/database.ts";
import { alarm, caughtUp, expectRecordIsLog } from "../../support/worker/projection.ts";
import { atOnce, create, inRoom, logOf, poison, rowsOf, seqs } from "../../support/worker/room.ts";
import { upgrade } from "../../support/worker/socket.ts";

afterEach(() => {
  restoreDatabase();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The topic that the log says as of `seq`. */
async function topicsOf(channelId: string): Promise<(seq: number) => string> {
  const states = (await logOf(channelId)).filter(({ type }) => type.startsWith("channel"));
  return (at) => JSON.parse(states.findLast(({ seq }) => seq <= at)!.data).channel.topic;
}

test("[LG12] each of 20 PATCHes at once is answered with the topic that the log says as of the answer's own seq", async () => {
  const ann = await person("ann");
  const channel = await channelOf(ann);
  const answers = await Promise.all(
    seqs(0, 20).map((n) => ann.call("PATCH", `/v1/channels/${channel}`, { topic: `t${n}` })),
  );
  const topicAt = await topicsOf(channel);
  for (const { body } of answers) expect([body.seq, body.topic]).toEqual([body.seq, topicAt(body.seq)]);
  expect(answers.map(({ body }) => body.seq).sort((a, b) => a - b)).toEqual(seqs(3, 20));
});

test("[LG12] so is each of one turn, also where it changed nothing", async () => {
  const ann = await person("ann");
  const channel = await channelOf(ann);
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
  ["a removal", "memberLeave", (who: Person) => ({ userId: who.userId }), 4403],
  ["making it private", "channelUpdate", () => ({ isPrivate: true }), 4403],
] as const) {
  const cast = async () => {
    const [ann, eve] = (await people("ann", "eve")) as [Person, Person];
    const channel = await channelOf(ann, type === "memberLeave" ? [eve] : []);
    await caughtUp(channel);
    return { ann, eve, channel, asAnn: await ann.connect(channel), asEve: await eve.connect(channel) };
  };

  test(`[RD3] [RM1] over the socket ${what} is in force at once, and acked only once the record has it`, async () => {
    const { eve, asAnn, asEve } = await cast();
    let open = false;
    interceptDatabase(async (trip) => {
      while (isProjection(trip) && !open) await scheduler.wait(1);
      return trip.run();
    });
    const answer = asAnn.ask(type, data(eve));
    expect((await asEve.closed).code).toBe(code);
    asAnn.send({ type: "ping", id: "after" });
    await asAnn.next("pong");
    expect(asAnn.seen.filter((item) => item.type === "ack" || item.type === "error")).toEqual([]);
    open = true;
    expect((await answer).type).toBe("ack");
  });

  test(`[RD3] [RM1] over the socket ${what} is \`unavailable\` while D1 fails, in force at once, and acked when repeated after`, async () => {
    const { ann, eve, channel, asAnn, asEve } = await cast();
    interceptDatabase((trip) => (isProjection(trip) ? unreachable() : trip.run()));
    expect(await asAnn.ask(type, data(eve))).toMatchObject({ type: "error", error: { code: "unavailable" } });
    expect((await asEve.closed).code).toBe(code);
    const door = `/v1/channels/${channel}/events`;
    if (type === "channelUpdate") expect((await eve.call("GET", door)).status).toBe(404);
    expect((await upgrade(`/v1/channels/${channel}/realtime`, ann.token)).status).toBe(101);
    expect(await asAnn.ask(type, data(eve)), "it is still not confirmed").toMatchObject({ type: "error" });
    restoreDatabase();
    await alarm(channel);
    expect((await asAnn.ask(type, data(eve))).type).toBe("ack");
    await expectRecordIsLog(channel);
  });
}

test("[LG6] [LG1] a turn whose safety entry can't be written is taken back: every sender is told, nobody hears of it, no hole is left", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channel = await channelOf(ann, [bob]);
  await caughtUp(channel);
  while (await alarm(channel));
  vi.useRealTimers();
  expect(await rowsOf(channel, "SELECT * FROM due")).toEqual([]);
  const [asAnn, asBob] = [await ann.connect(channel), await bob.connect(channel)];
  await poison(channel, "record", "due", "key");
  await atOnce(channel, [
    [ann, create("a", "a", 1)],
    [bob, create("b", "b", 2)],
    [ann, create("c", "c", 3)],
  ]);
  for (const [socket, id] of [
    [asAnn, 1],
    [asBob, 2],
    [asAnn, 3],
  ] as const)
    expect(
      await socket.until((item) => (item.type === "ack" || item.type === "error") && item.id === id),
    ).toMatchObject({ type: "error", error: { code: "unavailable" } });
  expect([(await logOf(channel)).length, await rowsOf(channel, "SELECT key FROM due")]).toEqual([
    3,
    [{ key: "sweep" }],
  ]);
  await inRoom(channel, (_, { storage }) => void storage.sql.exec("DROP TRIGGER poison_due"));
  expect(await asAnn.ask("messageCreate", { content: "a", nonce: "a" })).toMatchObject({ type: "ack" });
  expect(await rowsOf(channel, "SELECT key FROM due")).toContainEqual({ key: "record" });
  for (const socket of [asAnn, asBob]) {
    await socket.caughtUp(4);
    expect(socket.events.map(({ seq }) => seq)).toEqual([4]);
  }
  await expectRecordIsLog(channel);
});
