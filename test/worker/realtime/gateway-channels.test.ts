import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";

const say = (who: TestUser, channelId: string, content: string) =>
  who.call("POST", `/v1/channels/${channelId}/messages`, { content });
/** Returns the text of each event in the frames. */
const textsOf = (socket: TestSocket, channelId: string): string[] => {
  const all = socket.plainFrames.join("\n");
  const texts = socket.events
    .filter((event) => event.channelId === channelId)
    .map((event) => JSON.stringify(event));
  for (const text of texts) expect(all).toContain(text);
  return texts;
};

test("[GW1] one socket carries many channels, each in order, once, like a room socket", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channels = await Promise.all(Array.from({ length: 8 }, () => createChannelFor(ann, [bob])));
  const socket = await connectGateway(bob);
  const direct = await Promise.all(channels.map((id) => bob.connect(id, "?since=0")));
  await Promise.all(channels.map((id) => socket.expectSubscribed(id, { since: 0 })));
  // Over both transports, in all channels at once.
  const written = channels.flatMap((id) =>
    Array.from({ length: 12 }, (_, n) =>
      n % 2 ? say(ann, id, `${n}`) : socket.sendCommand("messageCreate", { content: `${n}` }, id),
    ),
  );
  await Promise.all(written);
  for (const [at, id] of channels.entries()) {
    await direct[at]!.waitForSeq(15);
    await socket.waitFor(
      (item) => "seq" in item && "channelId" in item && item.channelId === id && item.seq === 15,
    );
    expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual(sequenceFrom(1, 15));
    expect(textsOf(socket, id)).toEqual(textsOf(direct[at]!, id));
    expect(await listEvents(id, ann)).toEqual(socket.eventsOf(id));
  }
});

test("[GW1] several sockets of one user each receive everything", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const sockets = await Promise.all([connectGateway(ann), connectGateway(ann), connectGateway(ann)]);
  for (const socket of sockets) await socket.expectSubscribed(id);
  for (const [n, socket] of sockets.entries()) socket.send({ ...messageFrame(`${n}`), channelId: id });
  for (const socket of sockets) {
    await socket.waitFor((item) => "seq" in item && "channelId" in item && item.seq === 5);
    expect(socket.eventsOf(id).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  }
});

test("[GW2] [RM5] `subscribe` sends missed events, `subscribed`, then live events", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  for (let n = 0; n < 5; n++) await say(ann, id, `${n}`);
  const socket = await connectGateway(bob);
  const { epoch } = (await socket.expectSubscribed(id)).data;
  expect(socket.envelopesOf(id).map(({ type }) => type)).toEqual(["subscribed"]);
  const other = await connectGateway(bob);
  expect(await other.expectSubscribed(id, { since: 4, epoch })).toMatchObject({
    data: { seq: 8, epoch, online: [bob.userId], onlineCount: 1 },
  });
  await say(ann, id, "last");
  await other.waitFor((item) => "seq" in item && item.seq === 9);
  expect(other.envelopesOf(id).map((item) => ("seq" in item ? item.seq : item.type))).toEqual([
    5,
    6,
    7,
    8,
    "subscribed",
    9,
  ]);
});

test("[GW2] [LG8] [RM6] an unknown position is a `reset`, one too far back a `gap`", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  for (const place of [{ since: 3 }, { since: Number.MAX_SAFE_INTEGER }, { since: 0, epoch: "anotherone" }]) {
    const from = socket.envelopesOf(id).length;
    await socket.expectSubscribed(id, place);
    expect(
      socket
        .envelopesOf(id)
        .slice(from)
        .map(({ type }) => type),
    ).toEqual(["reset", "subscribed"]);
  }
  const messages = Array.from({ length: 1_001 }, (_, n) =>
    socket.sendCommand("messageCreate", { content: `${n}` }, id),
  );
  await Promise.all(messages);
  const other = await connectGateway(ann);
  await other.expectSubscribed(id, { since: 1 });
  expect(other.envelopesOf(id)[0]).toMatchObject({ type: "gap", data: { from: 2, to: 1_003 } });
});

/** The answer to `subscribe`, with the requested channel's id replaced. */
async function refusal(socket: GatewaySocket, channelId: string): Promise<string> {
  const answer = await socket.subscribe(channelId, { since: 0 });
  if (answer.type !== "error") throw new Error(`Subscribed to ${channelId}`);
  expect(answer.channelId).toBe(channelId);
  const { id: _, ...rest } = answer;
  return JSON.stringify(rest).replaceAll(channelId, "CHANNEL");
}

test("[GW2] [RD2] a hidden channel is rejected like a missing one, byte for byte", async () => {
  const [ann, eve, gus] = (await createUsers("ann", "eve", "gus")) as [TestUser, TestUser, TestUser];
  const secret = await createChannelFor(ann, [], { isPrivate: true });
  const { body: direct } = await ann.call("POST", "/v1/dms", { userIds: [gus.userId] });
  const [socket, admin] = [
    await connectGateway(eve),
    await connectGateway(await createUser("admin", { role: "admin" })),
  ];
  const unknown = await refusal(socket, newId("chn"));
  expect(JSON.parse(unknown)).toMatchObject({ error: { code: "not_found", detail: "No such channel" } });
  for (const asking of [socket, admin])
    for (const id of [secret, direct.id]) expect(await refusal(asking, id)).toBe(unknown);

  const answersOf = async (id: string): Promise<string> => {
    const answers = [
      await socket.sendCommand("messageCreate", { content: "a" }, id),
      await socket.sendCommand("memberJoin", {}, id),
      await socket.sendCommand("channelDelete", {}, id),
      await socket.sendCommand("read", { seq: 0 }, id),
      await socket.sendCommand("typing", {}, id),
      await socket.unsubscribe(id),
    ];
    return JSON.stringify(answers.map((answer) => ({ ...answer, id: 0 }))).replaceAll(id, "CHANNEL");
  };
  expect(await answersOf(secret)).toBe(await answersOf(newId("chn")));
});

test("[GW2] a rejected user can subscribe later on the same socket", async () => {
  const [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [], { isPrivate: true });
  const socket = await connectGateway(eve);
  await refusal(socket, id);
  await ann.call("POST", `/v1/channels/${id}/members`, { userId: eve.userId });
  expect((await socket.expectSubscribed(id)).data.seq).toBe(3);
});

test("[GW2] a non-member receives a public channel's events and may join it", async () => {
  const [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
  const id = await createChannelFor(ann);
  const socket = await connectGateway(eve);
  await socket.expectSubscribed(id);
  expect(await socket.sendCommand("messageCreate", { content: "a" }, id)).toMatchObject({
    error: { code: "forbidden" },
  });
  expect(await socket.sendCommand("memberJoin", {}, id)).toMatchObject({ type: "ack" });
  expect(await socket.sendCommand("messageCreate", { content: "a" }, id)).toMatchObject({ type: "ack" });
});
