import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { compactSubprotocol, subprotocol } from "../../../src/protocol/index.ts";
import { upgradeRequest } from "../../../src/sockets/upgrade.ts";
import { connectGateway, createTicketFor } from "../../support/worker/clients/gateway-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { compactOffer, requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, inRoom } from "../../support/worker/objects/room-object.ts";

const isCompact = (frame: string): boolean => frame.includes('{"type":"events"');
const texts = (events: readonly object[]): string[] => events.map((event) => JSON.stringify(event));

/** Writes an event of every kind that has a message, and some others. Returns the last `seq`. */
async function writeAllKinds(ann: TestUser, bob: TestUser, channel: string): Promise<number> {
  const socket = await ann.connect(channel, "", subprotocol);
  const send = async (type: string, data: object) => {
    const answer = (await socket.sendCommand(type, data)) as any;
    expect(answer.type, JSON.stringify(answer)).toBe("ack");
    return answer.data.message?.id as string;
  };
  const plain = await send("messageCreate", { content: 'quotes " and 🙂\u2028', nonce: "n" });
  const mentioning = await send("messageCreate", { content: `@${bob.username} look` });
  const reply = await send("threadCreate", { messageId: plain, content: "a reply", alsoInChannel: true });
  await send("messageUpdate", { messageId: mentioning, content: "edited" });
  await send("threadUpdate", { messageId: reply, content: "edited reply" });
  await send("reactionAdd", { messageId: plain, emoji: "👍" });
  await send("messagePin", { messageId: plain });
  await send("messageUpdate", { messageId: plain, content: "edited with a reaction, a pin and a thread" });
  await send("channelUpdate", { topic: "t" });
  await send("memberUpdate", { userId: bob.userId, role: "moderator" });
  await send("threadDelete", { messageId: reply });
  await send("messageDelete", { messageId: mentioning });
  const head = (await listEvents(channel, ann)).at(-1)!.seq;
  socket.close();
  return head;
}

test("[RM17] compact events restore the plain bytes on both transports, live and replayed", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  const plain = await bob.connect(channel, "?since=0", subprotocol);
  const compact = await bob.connect(channel, "?since=0", compactOffer);
  const gateway = await connectGateway(bob, "", compactOffer);
  await gateway.expectSubscribed(channel, { since: 0 });
  const head = await writeAllKinds(ann, bob, channel);
  await Promise.all([plain, compact, gateway].map((socket) => socket.waitForSeq(head)));
  const replayed = await bob.connect(channel, "?since=0", compactOffer);
  const resumed = await connectGateway(bob, "", compactOffer);
  await resumed.expectSubscribed(channel, { since: 0 });

  const plainReplay = await bob.connect(channel, "?since=0", subprotocol);
  // The deletions have redacted the log since the events were sent.
  expect(plainReplay.events).toEqual(await listEvents(channel, ann));
  const [live, later] = [texts(plain.events), texts(plainReplay.events)];
  expect(plain.frames.some(isCompact)).toBe(false);
  expect(texts(compact.events)).toEqual(live);
  expect(texts(gateway.eventsOf(channel))).toEqual(live);
  expect(texts(replayed.events)).toEqual(later);
  expect(texts(resumed.eventsOf(channel))).toEqual(later);
  for (const socket of [compact, replayed, gateway, resumed])
    expect(socket.frames.filter((frame) => frame.includes('"messageCreate"'))).toEqual([]);
});

test("[RM17] [RM9] a compact socket stays compact after an eviction, a plain one plain", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  const [plain, compact] = [
    await bob.connect(channel, "", subprotocol),
    await bob.connect(channel, "", compactOffer),
  ];
  await evictRoom(channel);
  await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "after" });
  await Promise.all([plain, compact].map((socket) => socket.waitForSeq(4)));
  expect([plain, compact].map((socket) => socket.frames.some(isCompact))).toEqual([false, true]);
  expect(texts(compact.events)).toEqual(texts(plain.events));
});

test("[RM17] the response selects the compact form only if it is offered with the plain one", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const select = async (path: string, offered: string) => {
    const response = await requestUpgrade(path, ann.token, { "Sec-WebSocket-Protocol": offered });
    if (response.webSocket) new TestSocket(response.webSocket).close();
    return [response.status, response.headers.get("Sec-WebSocket-Protocol")];
  };
  for (const path of ["/v1/realtime", `/v1/channels/${channel}/realtime`]) {
    expect(await select(path, `${subprotocol}, ${compactSubprotocol}`)).toEqual([101, compactSubprotocol]);
    expect(await select(path, `a,${compactSubprotocol} ,${subprotocol}`)).toEqual([101, compactSubprotocol]);
    expect(await select(path, `${subprotocol}, parley.v1.compactx`)).toEqual([101, subprotocol]);
    const ticket = `ticket.${await createTicketFor(ann)}`;
    expect(await select(path, `${compactOffer}, ${ticket}`)).toEqual([101, compactSubprotocol]);
    expect((await select(path, compactSubprotocol))[0]).toBe(426);
  }
});

test("[RM17] [DP3] a Worker of an earlier release gets the plain form from a room", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const request = upgradeRequest({
    requestId: "req_test",
    actor: { userId: ann.userId, sessionId: ann.sessionId, role: "member" },
    via: "gateway",
    since: 0,
  });
  expect(request.headers.get("Sec-WebSocket-Protocol")).toBe(subprotocol);
  const response = await env.ROOMS.getByName(channel).fetch(request);
  expect(response.headers.get("Sec-WebSocket-Protocol")).toBe(subprotocol);
  const socket = new TestSocket(response.webSocket!);
  await socket.next("subscribed");
  expect(socket.events).toHaveLength(2);
  expect(socket.frames.some(isCompact)).toBe(false);
  socket.close();
});

test("[RM17] [DP3] a gateway forwards plain events of an earlier room to a compact client", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  const gateway = await connectGateway(bob, "", compactOffer);
  await gateway.expectSubscribed(channel);
  // An earlier release stores no form with a socket.
  await inRoom(channel, (_, state) => {
    for (const ws of state.getWebSockets()) {
      const { compact: _compact, ...attachment } = ws.deserializeAttachment() as { compact?: boolean };
      ws.serializeAttachment(attachment);
    }
  });
  await evictRoom(channel);
  await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "plain" });
  await gateway.waitForSeq(4);
  expect(gateway.frames.some(isCompact)).toBe(false);
  expect(gateway.eventsOf(channel)).toEqual((await listEvents(channel, ann)).slice(3));
});
