import { beforeAll, describe, expect, test, vi } from "vitest";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { postIndexed } from "../../support/worker/clients/search-client.ts";
import {
  acceptGateway,
  connectGateway,
  createTicketFor,
  upgradeWithTicket,
} from "../../support/worker/clients/gateway-client.ts";
import { expectProblem } from "../../support/worker/clients/raw-requests.ts";
import { connectChannel, requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUsers, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { evictHub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

let ann: TestUser;
let bob: TestUser;
let channelId: string;
let otherId: string;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  channelId = await createChannelFor(ann, [bob]);
  otherId = await createChannelFor(ann, [bob], { isPrivate: true });
});

type Caller = { token: string };

/** Opens each kind of socket, by the token and by a ticket of it. `command` sends a frame for the channel and returns the reply. */
const transports = {
  "the shared socket": async (as: Caller) => gatewayCommands(await connectGateway(as)),
  "the shared socket by ticket": async (as: Caller) => {
    const response = await upgradeWithTicket("/v1/realtime", await createTicketFor(as as TestUser));
    return gatewayCommands(await acceptGateway(response));
  },
  "a room's socket": async (as: Caller) => roomCommands(await connectChannel(channelId, as.token)),
  "a room's socket by ticket": async (as: Caller) => {
    const path = `/v1/channels/${channelId}/realtime`;
    const response = await upgradeWithTicket(path, await createTicketFor(as as TestUser));
    return roomCommands(new TestSocket(response.webSocket!));
  },
};

async function gatewayCommands(socket: Awaited<ReturnType<typeof connectGateway>>) {
  await socket.expectSubscribed(channelId);
  return { socket, command: (type: string, data?: object) => socket.sendCommand(type, data, channelId) };
}

async function roomCommands(socket: TestSocket) {
  await socket.waitFor(({ type }) => type === "subscribed");
  return { socket, command: (type: string, data?: object) => socket.sendCommand(type, data) };
}

describe.each(Object.entries(transports))("%s", (_, connect) => {
  test("[PT4] a token with read alone receives events and can change nothing", async () => {
    const { as } = await createTokenFor(ann, { scopes: ["read"] });
    const { socket, command } = await connect(as);
    for (const [type, data] of [
      ["messageCreate", { content: "no" }],
      ["channelUpdate", { topic: "no" }],
      ["read", { seq: 1 }],
      ["typing", {}],
      ["statusUpdate", { presence: "away" }],
    ] as const) {
      const reply = await command(type, data);
      expect(reply.type === "error" && reply.error, type).toMatchObject({ code: "forbidden" });
      expect(JSON.stringify(reply)).toContain("`write`");
    }
    await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "for all" });
    await socket.next("messageCreate");
    socket.close();
  });

  test("[PT4] a token with read and write sends, also after eviction", async () => {
    const { as } = await createTokenFor(ann, { scopes: ["read", "write"] });
    const { socket, command } = await connect(as);
    expect((await command("messageCreate", { content: "yes" })).type).toBe("ack");
    await evictRoom(channelId);
    await evictHub(ann.userId);
    expect((await command("messageCreate", { content: "again" })).type).toBe("ack");
    expect((await command("statusUpdate", { presence: "auto" })).type).toBe("ack");
    socket.close();
  });

  test("[PT4] a read-only socket stays read-only after eviction", async () => {
    const { as } = await createTokenFor(ann, { scopes: ["read"] });
    const { socket, command } = await connect(as);
    await evictRoom(channelId);
    await evictHub(ann.userId);
    expect((await command("messageCreate", { content: "no" })).type).toBe("error");
    expect((await command("statusUpdate", { presence: "away" })).type).toBe("error");
    socket.close();
  });

  test("[PT2] an admin's token without the scope admin has a member's rights", async () => {
    const admin = await createUser("boss", { role: "admin" });
    await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: admin.userId });
    const plain = await connect((await createTokenFor(admin, { scopes: ["read", "write"] })).as);
    expect((await plain.command("channelUpdate", { topic: "no" })).type).toBe("error");
    const full = await connect((await createTokenFor(admin, { scopes: ["read", "write", "admin"] })).as);
    expect((await full.command("channelUpdate", { topic: `by ${admin.username}` })).type).toBe("ack");
    plain.socket.close();
    full.socket.close();
  });
});

test("[PT4] without the scope read no socket opens", async () => {
  const { as } = await createTokenFor(ann, { scopes: ["write", "files"] });
  const headers = { "Sec-WebSocket-Protocol": "parley.v1" };
  for (const path of ["/v1/realtime", `/v1/channels/${channelId}/realtime`]) {
    const problem = await expectProblem(await requestUpgrade(path, as.token, headers), "forbidden");
    expect(problem.detail).toContain("`read`");
  }
});

test("[PT4] a write to a channel without subscription needs the scope write", async () => {
  const { as } = await createTokenFor(ann, { scopes: ["read"] });
  const socket = await connectGateway(as);
  expect(await socket.sendCommand("messageCreate", { content: "no" }, channelId)).toMatchObject({
    type: "error",
    error: { code: "forbidden" },
  });
  socket.close();
});

test("[PT3] a restricted token subscribes to its channels alone", async () => {
  const { as } = await createTokenFor(ann, { channelIds: [channelId] });
  const socket = await connectGateway(as);
  await socket.expectSubscribed(channelId);
  const hidden = await socket.subscribe(otherId);
  const absent = await socket.subscribe("chn_00000000000000000000000000");
  for (const reply of [hidden, absent])
    expect(reply.type === "error" && reply.error).toMatchObject({
      code: "not_found",
      detail: "No such channel",
    });
  expect(await socket.sendCommand("messageCreate", { content: "no" }, otherId)).toMatchObject({
    type: "error",
    error: { code: "not_found" },
  });
  expect(await socket.sendCommand("messageCreate", { content: "yes" }, channelId)).toMatchObject({
    type: "ack",
  });
  const headers = { "Sec-WebSocket-Protocol": "parley.v1" };
  const path = `/v1/channels/${otherId}/realtime`;
  await expectProblem(await requestUpgrade(path, as.token, headers), "not_found");
  const byTicket = await upgradeWithTicket(path, await createTicketFor(as as TestUser));
  await expectProblem(byTicket, "not_found");
  socket.close();
});

test("[PT3] a restricted token receives none of the user's own events", async () => {
  const { as } = await createTokenFor(ann, { channelIds: [channelId] });
  const restricted = await connectGateway(as);
  const whole = await connectGateway(ann);
  await bob.call("POST", `/v1/channels/${otherId}/messages`, { content: `secret for @${ann.username}` });
  await whole.next("notificationCreate");
  const { seq, epoch } = (await firstHello(whole)).data;
  expect(JSON.stringify(restricted.seen)).not.toContain("secret");
  const resumed = await connectGateway(as, `?since=0&epoch=${epoch}`);
  await resumed.expectSubscribed(channelId);
  expect(JSON.stringify(resumed.seen)).not.toContain("secret");
  // Its position is not behind, so that a client does not wait for events that it never gets.
  expect((await firstHello(resumed)).data.seq).toBe(0);
  expect(seq).toBeGreaterThanOrEqual(0);
  for (const socket of [restricted, whole, resumed]) socket.close();
});

const firstHello = async (socket: TestSocket) =>
  (await socket.waitFor(({ type }) => type === "hello")) as Extract<
    TestSocket["seen"][number],
    { type: "hello" }
  >;

test("[PT3] lists and searches of a restricted token show its channels alone", async () => {
  const word = `marmalade${Date.now()}`;
  await postIndexed(ann, channelId, [`${word} one`]);
  await postIndexed(ann, otherId, [`${word} two`]);
  const { as } = await createTokenFor(ann, { channelIds: [channelId] });
  const get = async (path: string, { token }: Caller = as) => {
    const { status, body } = await ann.call("GET", path, undefined, { Authorization: `Bearer ${token}` });
    return { status, body };
  };
  const found = async (who: Caller) =>
    (await get(`/v1/search/messages?q=${word}`, who)).body.items.map(({ channel }: any) => channel.id).sort();
  expect(await found(ann)).toEqual([channelId, otherId].sort());
  expect(await found(as)).toEqual([channelId]);
  for (const path of ["/v1/channels", "/v1/channels?scope=public"])
    expect(
      (await get(path)).body.items.map(({ id }: any) => id),
      path,
    ).toEqual([channelId]);
  const unreads = (await get("/v1/users/me/unreads")).body;
  expect(unreads.items.map((item: any) => item.channelId)).toEqual([channelId]);
  expect(unreads.total).toBe(1);
  // A channel outside is as unknown as one that does not exist.
  const inHidden = await get(`/v1/search/messages?q=${word}+in:${otherId}`);
  const inAbsent = await get(`/v1/search/messages?q=${word}+in:chn_00000000000000000000000000`);
  expect([inHidden.status, inHidden.body.detail]).toEqual([inAbsent.status, inAbsent.body.detail]);
  expect(
    (await get(`/v1/search/channels?q=channel`)).body.items.every(({ id }: any) => id === channelId),
  ).toBe(true);
});

test("[PT3] a restricted token reads files of its channels and its user's free files", async () => {
  const upload = async (who: TestUser, content: string) =>
    (await who.call("POST", "/v1/files?name=a.json", { content })).body.id as string;
  const [inside, outside, own, attached] = await Promise.all([
    upload(bob, "inside"),
    upload(bob, "outside"),
    upload(ann, "own"),
    upload(ann, "attached"),
  ]);
  const send = (who: TestUser, id: string, fileId: string) =>
    who.call("POST", `/v1/channels/${id}/messages`, { content: "file", fileIds: [fileId] });
  await send(bob, channelId, inside);
  await send(bob, otherId, outside);
  await send(ann, otherId, attached);
  const { as } = await createTokenFor(ann, { channelIds: [channelId] });
  const statusOf = async (fileId: string, { token }: Caller) =>
    (await ann.call("GET", `/v1/files/${fileId}/content`, undefined, { Authorization: `Bearer ${token}` }))
      .status;
  for (const fileId of [inside, outside, own, attached]) expect(await statusOf(fileId, ann)).toBe(200);
  expect([await statusOf(inside, as), await statusOf(own, as)]).toEqual([200, 200]);
  expect([await statusOf(outside, as), await statusOf(attached, as)]).toEqual([404, 404]);
});

test("[PT5] a bot receives and answers over both sockets", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const bot = await createBotFor(admin);
  expect(bot.user.isBot).toBe(true);
  await ann.call("POST", `/v1/channels/${otherId}/members`, { userId: bot.user.id });
  const socket = await connectGateway(bot.as);
  await socket.expectSubscribed(otherId);
  await ann.call("POST", `/v1/channels/${otherId}/messages`, { content: "hello bot" });
  await socket.next("messageCreate");
  expect(await socket.sendCommand("messageCreate", { content: "hello" }, otherId)).toMatchObject({
    type: "ack",
  });
  const direct = await connectChannel(otherId, bot.accessToken);
  expect(await direct.sendCommand("messageCreate", { content: "here too" })).toMatchObject({ type: "ack" });
  socket.close();
  direct.close();
});

test("[PT4] a room of a release without tokens gets no socket of a token", async () => {
  const { as } = await createTokenFor(ann, { scopes: ["read"] });
  const { fetch: real } = ChannelRoom.prototype;
  const spy = vi.spyOn(ChannelRoom.prototype, "fetch").mockImplementation(async function (
    this: ChannelRoom,
    request,
  ) {
    const { status, webSocket, headers } = await real.call(this, request);
    const kept = [...headers].filter(([name]) => name !== "x-parley-grant");
    return new Response(null, { status, webSocket, headers: kept });
  });
  try {
    const path = `/v1/channels/${channelId}/realtime`;
    const protocol = { "Sec-WebSocket-Protocol": "parley.v1" };
    await expectProblem(await requestUpgrade(path, as.token, protocol), "unavailable");
    const gateway = await connectGateway(as);
    expect(await gateway.subscribe(channelId)).toMatchObject({ error: { code: "unavailable" } });
    gateway.close();
    // A session's socket is not affected.
    (await connectChannel(channelId, ann.token)).close();
  } finally {
    spy.mockRestore();
  }
});
