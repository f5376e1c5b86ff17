import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor, setPostingRules } from "../../support/worker/fixtures/channels.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";
import { hubLog, hubRows, setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

/** A private channel of Ann and Bob with a bot. */
async function channelWithBot() {
  const [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  const bot = await createBotFor(await createUser("admin", { role: "admin" }));
  const channelId = await createChannelFor(ann, [bob], { isPrivate: true });
  await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  const params = { channelId };
  const send = (userId: string, more: object = {}) =>
    expectOk(api.createEphemeralMessage, { as: bot.as, params, body: { userId, content: "psst", ...more } });
  const reject = (as: { token: string }, body: object = {}) =>
    expectRejected(api.createEphemeralMessage, {
      as,
      params,
      body: { userId: ann.userId, content: "psst", ...body },
    });
  return { ann, bob, eve, bot, channelId, send, reject };
}

test("[EP1] only the recipient's devices receive it, each live device once", async () => {
  const { ann, bob, bot, channelId, send } = await channelWithBot();
  const [one, two, other] = await Promise.all([
    connectGateway(ann),
    connectGateway(ann),
    connectGateway(bob),
  ]);
  await Promise.all([one, two, other].map((socket) => socket.expectSubscribed(channelId)));
  const message = await send(ann.userId);
  expect(message).toMatchObject({ channelId, threadId: null, userId: ann.userId, authorId: bot.user.id });
  for (const socket of [one, two])
    expect(await socket.next("ephemeralCreate")).toMatchObject({ data: { message } });
  await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "after" });
  await other.next("messageCreate");
  expect(other.seen.filter(({ type }) => type === "ephemeralCreate")).toEqual([]);
});

test("[EP2] neither the room nor a hub stores anything of it", async () => {
  const { ann, bot, channelId, send } = await channelWithBot();
  const content = "secret of the moment 8Kq";
  await send(ann.userId, { content });
  const stored = JSON.stringify([
    await hubLog(ann.userId),
    await hubLog(bot.user.id),
    await hubRows(ann.userId, "notifications"),
    await inRoom(channelId, (_, { storage }) => storage.sql.exec("SELECT * FROM log").toArray()),
  ]);
  expect(stored).not.toContain(content);
  const later = await connectGateway(ann);
  expect(later.seen.filter(({ type }) => type === "ephemeralCreate")).toEqual([]);
});

test("[EP3] a person, an outsider, and a recipient outside the channel are rejected", async () => {
  const { ann, eve, bot, reject } = await channelWithBot();
  expect(await reject(ann)).toMatchObject({ code: "forbidden" });
  expect(await reject(eve)).toMatchObject({ code: "not_found" });
  expect(await reject(bot.as, { userId: eve.userId })).toMatchObject({
    code: "validation_failed",
    issues: [{ path: "userId" }],
  });
});

test("[EP3] a muted bot, an archived channel and an unknown thread are rejected", async () => {
  const { ann, bot, channelId, reject } = await channelWithBot();
  expect(await reject(bot.as, { threadId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" })).toMatchObject({
    code: "not_found",
  });
  await setPostingRules(channelId, { postingPolicy: "everyone", muted: bot.user.id });
  expect(await reject(bot.as)).toMatchObject({ code: "forbidden" });
  await setPostingRules(channelId, { postingPolicy: "moderators" });
  expect(await reject(bot.as)).toMatchObject({ code: "forbidden" });
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  expect((await reject(bot.as)).code).toMatch(/forbidden|conflict/);
});

test("[EP4] a reply is shown in the thread of its root", async () => {
  const { ann, channelId, send } = await channelWithBot();
  const path = `/v1/channels/${channelId}/messages`;
  const { id: rootId } = (await ann.call("POST", path, { content: "root" })).body;
  const { id: replyId } = (await ann.call("POST", `${path}/${rootId}/thread`, { content: "reply" })).body;
  expect(await send(ann.userId, { threadId: replyId })).toMatchObject({ threadId: rootId });
});

test("[EP5] a bot sends at most USER_EPHEMERAL_PER_HOUR, and 8,000 characters", async () => {
  const { ann, bot, send, reject } = await channelWithBot();
  await setHubConfig(bot.user.id, { USER_EPHEMERAL_PER_HOUR: 4 });
  expect(await reject(bot.as, { content: "x".repeat(8_001) })).toMatchObject({ code: "validation_failed" });
  await send(ann.userId, { content: "x".repeat(8_000) });
  await send(ann.userId);
  expect(await reject(bot.as)).toMatchObject({ code: "rate_limited" });
});

test("[EP4] sender, attachments and metadata arrive as a bot set them", async () => {
  const { ann, send } = await channelWithBot();
  const socket = await connectGateway(ann);
  const extras = {
    sender: { name: "Deploy", icon: ":rocket:" },
    attachments: [{ title: "Build 7", color: "good" }],
    metadata: { build: 7, nested: { ok: true } },
  };
  expect(await send(ann.userId, { content: "", ...extras })).toMatchObject(extras);
  expect(await socket.next("ephemeralCreate")).toMatchObject({ data: { message: extras } });
});
