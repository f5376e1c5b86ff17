import { beforeAll, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { endpoints } from "../../../src/protocol/index.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createChannelScenario,
  type ChannelScenario,
} from "../../support/worker/fixtures/channel-scenario.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { fillPath } from "../../support/worker/fixtures/endpoint-samples.ts";
import {
  channelEndpointNames,
  requestVariants,
  sampleChannelBodies,
  type SampleBodies,
} from "../../support/worker/fixtures/hidden-channels.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { evictHub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

let admin: TestUser;
let scene: ChannelScenario;
/** A public channel that the guest was added to, and what is in it. */
let ownId: string;
let gus: TestUser;
let bodies: SampleBodies;

const makeGuest = async (user: TestUser): Promise<void> => {
  expect((await admin.call("PATCH", `/v1/users/${user.userId}`, { role: "guest" })).status).toBe(200);
};

beforeAll(async () => {
  admin = await createUser("admin", { role: "admin" });
  scene = await createChannelScenario();
  gus = await createUser("gus", { role: "guest" });
  ownId = await createChannelFor(scene.bob, [gus]);
  bodies = await sampleChannelBodies();
});

/** Returns the bytes of every request below a channel, by this user. */
async function* responsesBelow(user: TestUser, channelId: string, messageId: string, userId: string) {
  for (const name of channelEndpointNames) {
    const { method, path } = endpoints[name]!;
    const at = fillPath(path, { channelId, messageId, userId });
    for (const [query, body, type] of requestVariants(name, bodies)) {
      const sent = {
        token: user.token,
        ...(body && { body }),
        ...(type && { headers: { "Content-Type": type } }),
      };
      const text = await comparableResponse(await sendRaw(method.toUpperCase(), `${at}${query}`, sent));
      yield { what: `${name} ${query} ${body}`, text: text.replaceAll(channelId, "chn_…") };
    }
  }
}

async function expectHidden(user: TestUser): Promise<void> {
  const { channelId, root, bob } = scene;
  const madeUp = responsesBelow(user, newId("chn"), newId("msg"), bob.userId);
  for await (const { what, text } of responsesBelow(user, channelId, root, bob.userId)) {
    expect(`${what}\n${text}`).toBe(`${what}\n${(await madeUp.next()).value!.text}`);
    expect(text).toMatch(/^4\d\d\n/);
  }
  for (const id of [channelId, newId("chn")])
    expect((await requestUpgrade(`/v1/channels/${id}/realtime`, user.token)).status).toBe(404);
  const gateway = await connectGateway(user);
  const answers = [];
  for (const id of [channelId, newId("chn")]) {
    const answer = await gateway.subscribe(id);
    const command = await gateway.sendCommand("messageCreate", { content: "hi" }, id);
    answers.push(
      JSON.stringify([answer, command])
        .replaceAll(/"id":"?\w+"?|req_\w+/g, "")
        .replaceAll(id, ""),
    );
  }
  expect(answers[0]).toBe(answers[1]);
  expect(answers[0]).toContain("not_found");
  gateway.ws.close();
}

test("[GU1] to a guest a public channel is identical to a made-up id", async () => {
  await expectHidden(gus);
  expect((await gus.call("GET", `/v1/channels/${ownId}/messages`)).status).toBe(200);
  const gateway = await connectGateway(gus);
  await gateway.expectSubscribed(ownId);
});

test("[GU1] [GU4] a member who becomes a guest loses public channels that they read", async () => {
  const { channelId } = scene;
  const eve = await createUser("eve");
  // With and without a socket to the room, so that the isolate and the hub know the channel.
  const direct = await eve.connect(channelId);
  const gateway = await connectGateway(eve);
  await gateway.expectSubscribed(channelId);
  for (const path of ["", "/messages", "/members"])
    expect((await eve.call("GET", `/v1/channels/${channelId}${path}`)).status).toBe(200);
  const from = gateway.seen.length;
  await makeGuest(eve);
  expect((await direct.closed).code).toBe(4403);
  expect((await gateway.waitForUnsubscribed(channelId, from)).data.reason).toBe("removed");
  await expectHidden(eve);
  gateway.ws.close();
});

test("[GU4] the role survives restarts of room and hub, and is lifted again", async () => {
  const channelId = await createChannelFor(scene.ann);
  const eve = await createUser("eve");
  expect((await eve.call("GET", `/v1/channels/${channelId}`)).status).toBe(200);
  await makeGuest(eve);
  await evictHub(eve.userId);
  await evictRoom(channelId);
  for (const path of ["", "/messages", "/events", "/pins"])
    expect((await eve.call("GET", `/v1/channels/${channelId}${path}`)).status).toBe(404);
  expect((await eve.call("POST", `/v1/channels/${channelId}/join`)).status).toBe(404);
  await admin.call("PATCH", `/v1/users/${eve.userId}`, { role: "member" });
  expect((await eve.call("GET", `/v1/channels/${channelId}`)).status).toBe(200);
  expect((await eve.call("POST", `/v1/channels/${channelId}/join`)).status).toBe(200);
});

test("[GU4] a guest keeps the channels that they are in, and their sockets", async () => {
  const eve = await createUser("eve");
  const channelId = await createChannelFor(scene.ann, [eve]);
  const socket = await eve.connect(channelId);
  await makeGuest(eve);
  expect(await socket.sendCommand("messageCreate", { content: "still here" })).toMatchObject({ type: "ack" });
  expect((await eve.call("GET", `/v1/channels/${channelId}/messages`)).status).toBe(200);
  socket.close();
  await scene.ann.call("DELETE", `/v1/channels/${channelId}/members/${eve.userId}`);
  expect((await eve.call("GET", `/v1/channels/${channelId}/messages`)).status).toBe(404);
});

test("[GU2] lists and search contain only the guest's channels", async () => {
  const { ann, channelId } = scene;
  const word = `zebra${Date.now()}`;
  const post = (user: TestUser, id: string) =>
    user.call("POST", `/v1/channels/${id}/messages`, { content: word });
  await post(ann, channelId);
  await post(gus, ownId);
  await waitForProjections(ownId);
  for (const id of [channelId, ownId]) await waitForIndex(id);
  const names = { own: await nameOf(scene.bob, ownId), other: await nameOf(ann, channelId) };
  for (let time = 0; time < 2; time++) {
    const { body: list } = await gus.call("GET", "/v1/channels?scope=public&limit=100");
    expect(list.items.map(({ id }: { id: string }) => id)).toEqual([ownId]);
    const { body: found } = await gus.call("GET", `/v1/search/messages?q=${word}`);
    expect(found.items.map(({ channel }: { channel: { id: string } }) => channel.id)).toEqual([ownId]);
    const { body: channels } = await gus.call("GET", "/v1/search/channels?q=channel&limit=100");
    expect(channels.items.map(({ id }: { id: string }) => id)).toEqual([ownId]);
    const search = (name: string) =>
      gus.call("GET", `/v1/search/messages?q=${encodeURIComponent(`${word} in:"${name}"`)}`);
    expect((await search(names.own)).body.items).toHaveLength(1);
    const { status, body } = await search(names.other);
    expect(status).toBe(400);
    expect(body.detail).toBe((await search("no such channel at all")).body.detail);
  }
});

const nameOf = async (user: TestUser, id: string): Promise<string> =>
  (await user.call("GET", `/v1/channels/${id}`)).body.name;

test("[GU3] a guest creates and joins no channel, and adds no members", async () => {
  const { cid, channelId } = scene;
  expect(await gus.call("POST", "/v1/channels", { name: "mine" })).toMatchObject({
    status: 403,
    body: { code: "forbidden" },
  });
  expect((await gus.call("POST", `/v1/channels/${channelId}/join`)).status).toBe(404);
  expect((await gus.call("POST", `/v1/channels/${ownId}/members`, { userId: cid.userId })).status).toBe(403);
});

test("[GU6] a guest has the rights of a member, whatever their role in the channel", async () => {
  const { ann } = scene;
  const eve = await createUser("eve");
  const { body: channel } = await eve.call("POST", "/v1/channels", { name: `of eve ${Date.now()}` });
  const at = `/v1/channels/${channel.id}`;
  await eve.call("POST", `${at}/members`, { userId: ann.userId, role: "owner" });
  await eve.call("POST", `${at}/members`, { userId: gus.userId });
  await makeGuest(eve);
  expect((await eve.call("PATCH", at, { topic: "x" })).status).toBe(403);
  expect((await eve.call("DELETE", `${at}/members/${gus.userId}`)).status).toBe(403);
  expect((await eve.call("PUT", `${at}/members/${gus.userId}/mute`, {})).status).toBe(403);
  for (const role of ["moderator", "owner"])
    expect((await ann.call("PATCH", `${at}/members/${gus.userId}`, { role })).status).toBe(409);
  // Eve does not count as an owner who stays behind.
  expect((await ann.call("POST", `${at}/leave`)).status).toBe(409);
  expect((await ann.call("DELETE", `${at}/members/${eve.userId}`)).status).toBe(204);
});
