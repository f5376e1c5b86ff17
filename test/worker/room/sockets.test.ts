import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { countCommits } from "../../support/worker/fakes/call-counter.ts";
import { createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { blockHub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, roomLog, sendTogether } from "../../support/worker/objects/room-object.ts";

const contents = (socket: TestSocket) =>
  socket.events.map(({ type, data }: any) => data.message?.content ?? type);
/** The envelopes received after `subscribed`, as short text. */
const story = (socket: TestSocket) =>
  socket.seen
    .slice(2)
    .map((item: any) =>
      item.type === "ack" || item.type === "error" ? `${item.type} ${item.id}` : `${item.type} ${item.seq}`,
    );

test("[RM3] the sender's ack precedes its event; acks of a batch share a frame", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const [asAnn, asBob] = [await ann!.connect(channel), await bob!.connect(channel)];
  const turns = await countCommits(async () => {
    await sendTogether(channel, [
      [ann!, messageFrame("a", undefined, 1)],
      [ann!, messageFrame("b", undefined, 2)],
      [bob!, messageFrame("x", undefined, 9)],
      [ann!, messageFrame("c", undefined, 3)],
    ]);
    await Promise.all([asAnn.waitForSeq(7), asBob.waitForSeq(7)]);
  });
  expect(turns).toBeLessThanOrEqual(2);
  for (const [socket, pairs] of [
    [
      asAnn,
      [
        [1, 4],
        [2, 5],
        [3, 7],
      ],
    ],
    [asBob, [[9, 6]]],
  ] as const) {
    for (const [id, seq] of pairs)
      expect(story(socket).indexOf(`ack ${id}`), `ack ${id}`).toBeLessThan(
        story(socket).indexOf(`messageCreate ${seq}`),
      );
  }
  expect(story(asAnn).filter((item) => item.startsWith("ack"))).toEqual(["ack 1", "ack 2", "ack 3"]);
  const frameWith = (socket: TestSocket, text: string) =>
    socket.plainFrames.find((frame) => frame.includes(text));
  expect(frameWith(asAnn, '"type":"ack","id":2'), "the acks of a turn").toBe(
    frameWith(asAnn, '"type":"ack","id":3'),
  );
  for (const seq of [6, 7])
    expect(frameWith(asAnn, `"seq":${seq},"at"`), "the events of a turn").toBe(
      frameWith(asAnn, '"seq":5,"at"'),
    );
  expect(frameWith(asAnn, '"seq":5,"at"'), "one frame for all").toBe(frameWith(asBob, '"seq":5,"at"'));
});

test("[RM3] an ack carries the event's data and the nonce; the event has no nonce", async () => {
  const [ann, bob, cat] = await createUsers("ann", "bob", "cat");
  const channel = await createChannelFor(ann!, [bob!]);
  const socket = await ann!.connect(channel);
  for (const [type, data] of [
    ["messageCreate", { content: "a", nonce: "n" }],
    ["channelUpdate", { topic: "t" }],
    ["memberUpdate", { userId: bob!.userId, role: "moderator" }],
    ["memberJoin", { userId: cat!.userId }],
  ] as const) {
    const ack = (await socket.sendCommand(type, data)) as any;
    const event = (await socket.next(type)) as any;
    expect(
      socket.seen.slice(-2).map((item) => item.type),
      "the ack comes first",
    ).toEqual(["ack", type]);
    const { nonce, ...rest } = ack.data;
    expect(rest).toEqual(event.data);
    expect(nonce).toBe("nonce" in data ? data.nonce : undefined);
  }
});

test("[RM4] an event is the same bytes for all, live, replayed and by …/events", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const [asAnn, asBob] = [await ann!.connect(channel), await bob!.connect(channel)];
  const tricky = [
    'quotes " \\ and / slashes',
    "line\nbreaks\r\u2028\u2029",
    "🙂 e\u0301 \u202e \ufeff",
    "\u0001\u007f</script>",
    '"},{"type":"messageCreate"',
  ];
  for (const content of tricky) await asAnn.sendCommand("messageCreate", { content });
  await asAnn.sendCommand("channelUpdate", { topic: tricky[1] });
  await asAnn.sendCommand("memberUpdate", { userId: bob!.userId, role: "moderator" });
  await asBob.waitForSeq(10);
  await evictRoom(channel);
  const replayed = await bob!.connect(channel, "?since=3");
  const { text, body } = await ann!.call("GET", `/v1/channels/${channel}/events?after=3`);
  expect(body.events).toHaveLength(7);
  for (const event of asAnn.events) {
    const bytes = JSON.stringify(event);
    expect(asAnn.plainFrames.join("\n")).toContain(bytes);
    expect(asBob.plainFrames.join("\n")).toContain(bytes);
    expect(replayed.plainFrames.join("\n")).toContain(bytes);
    expect(text).toContain(bytes);
  }
  expect(body.events.flatMap(({ data }: any) => data.message?.content ?? [])).toEqual(tricky);
});

test("[RM7] commands of a socket stay in order while one waits; others do not wait", async () => {
  const [ann, bob, cat] = await createUsers("ann", "bob", "cat");
  const channel = await createChannelFor(ann!, [cat!]);
  const [asAnn, asCat] = [await ann!.connect(channel), await cat!.connect(channel)];
  const release = await blockHub(bob!.userId);
  asAnn.send(messageFrame("1", undefined, 1));
  asAnn.send({ id: 2, type: "memberJoin", data: { userId: bob!.userId } });
  asAnn.send(messageFrame("3", undefined, 3));
  asAnn.send({ id: 4, type: "memberUpdate", data: { userId: bob!.userId, role: "moderator" } });
  asAnn.send({ id: 5, type: "memberLeave", data: { userId: bob!.userId } });
  asAnn.send({ id: 6, type: "memberUpdate", data: { userId: bob!.userId, role: "member" } });
  asAnn.send({ id: 7, type: "channelUpdate", data: { topic: "seven" } });
  asAnn.send(messageFrame("8", undefined, 8));
  expect(await asCat.sendCommand("messageCreate", { content: "I need not wait" })).toMatchObject({
    type: "ack",
  });
  expect((await cat!.call("POST", `/v1/channels/${channel}/messages`, { content: "nor I" })).status).toBe(
    201,
  );
  expect(
    story(asAnn).filter((item) => /^(ack|error)/.test(item)),
    "its own commands wait",
  ).toEqual(["ack 1"]);
  release();
  await asAnn.waitFor((item) => item.type === "ack" && item.id === 8);
  await asAnn.waitFor((item) => item.type === "ack" && item.id === 5);
  const answers = story(asAnn).filter((item) => /^(ack|error)/.test(item));
  // The removal is executed in its batch and acknowledged once D1 has it.
  expect(answers.filter((item) => item !== "ack 5")).toEqual([
    "ack 1",
    "ack 2",
    "ack 3",
    "ack 4",
    "error 6",
    "ack 7",
    "ack 8",
  ]);
  const rest = (await roomLog(channel))
    .slice(3)
    .map(({ type, data }) => JSON.parse(data).message?.content ?? type);
  expect(rest.filter((what) => !what.includes("I"))).toEqual([
    "1",
    "memberJoin",
    "3",
    "memberUpdate",
    "memberLeave",
    "channelUpdate",
    "8",
  ]);
});

test("[RM7] a command that fails outside delays none after it", async () => {
  const [ann] = await createUsers("ann");
  const channel = await createChannelFor(ann!);
  const socket = await ann!.connect(channel);
  socket.send({ id: 1, type: "memberJoin", data: { userId: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV" } });
  socket.send(messageFrame("2", undefined, 2));
  await socket.waitFor((item) => item.type === "ack");
  expect(story(socket).slice(0, 2)).toEqual(["error 1", "ack 2"]);
});

test("[RM2] [LG1] four concurrent writers over both transports: one log for everyone", async () => {
  const cast = await createUsers("ann", "bob", "cat", "dan");
  const channel = await createChannelFor(cast[0]!, cast.slice(1));
  const sockets = await Promise.all(cast.map((one) => one.connect(channel)));
  await Promise.all(
    cast.flatMap((one, index) => [
      ...Array.from({ length: 25 }, (_, n) =>
        sockets[index]!.sendCommand("messageCreate", { content: `${one.username} socket ${n}` }),
      ),
      ...Array.from({ length: 5 }, (_, n) =>
        one.call("POST", `/v1/channels/${channel}/messages`, { content: `${one.username} rest ${n}` }),
      ),
    ]),
  );
  const log = await listEvents(channel, cast[0]!);
  expect(log).toHaveLength(5 + 4 * 30);
  for (const [index, socket] of sockets.entries()) {
    await socket.waitForSeq(log.length);
    expect(socket.events).toEqual(log.slice(5));
    const own = contents(socket).filter((content: string) =>
      content.startsWith(`${cast[index]!.username} socket`),
    );
    expect(own, "in the order sent").toEqual(
      Array.from({ length: 25 }, (_, n) => `${cast[index]!.username} socket ${n}`),
    );
  }
});
