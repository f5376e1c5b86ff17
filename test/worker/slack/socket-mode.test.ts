import { beforeEach, expect, test } from "vitest";
import { closeCodes } from "../../../src/protocol/index.ts";
import { slackOk } from "../../support/worker/clients/slack-client.ts";
import { connectSlack, requestSlackSocket } from "../../support/worker/clients/slack-socket.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let admin: TestUser;
let bot: Awaited<ReturnType<typeof createBotFor>>;
let channelId: string;
let channel: string;

const userOf = (id: string): string => `U${id.slice(4)}`;
const post = async (content: string, more: object = {}) => {
  const { body } = await admin.call("POST", `/v1/channels/${channelId}/messages`, { content, ...more });
  return body;
};

beforeEach(async () => {
  admin = await createUser("boss", { role: "admin" });
  bot = await createBotFor(admin);
  channelId = await createChannelFor(admin);
  channel = `C${channelId.slice(4)}`;
  await admin.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
});

test("[SK6] events of a channel arrive in order, each once", async () => {
  const socket = await connectSlack(bot.as);
  const contents = Array.from({ length: 30 }, (_, at) => `message ${at}`);
  for (const content of contents) await post(content);
  await slackOk("chat.postMessage", bot.as, { channel, text: "own" });
  await socket.event(({ text }) => text === "own");
  expect(socket.events.map(({ text }) => text)).toEqual([...contents, "own"]);
  const stamps = socket.events.map(({ ts }) => ts);
  expect(stamps).toEqual([...new Set(stamps)].toSorted());
  socket.close();
});

test("[SK7] messages, mentions, threads, reactions, pins and edits are translated", async () => {
  const socket = await connectSlack(bot.as);
  const root = await post(`hello @${bot.user.username} **bold** <3`);
  const event = await socket.event(({ type }) => type === "app_mention");
  expect(event).toMatchObject({
    user: userOf(admin.userId),
    channel,
    text: `hello <@${userOf(bot.user.id)}> *bold* &lt;3`,
  });
  const path = `/v1/channels/${channelId}/messages/${root.id}`;
  await admin.call("POST", `${path}/thread`, { content: "reply" });
  expect(await socket.event(({ text }) => text === "reply")).toMatchObject({
    type: "message",
    thread_ts: event.ts,
  });
  await admin.call("PUT", `${path}/reactions/${encodeURIComponent("👍🏽")}`);
  expect(await socket.event(({ type }) => type === "reaction_added")).toMatchObject({
    reaction: "+1::skin-tone-4",
    item: { channel, ts: event.ts },
  });
  await admin.call("PUT", `${path}/pin`);
  expect((await socket.event(({ type }) => type === "pin_added")).item.message.ts).toBe(event.ts);
  await admin.call("PATCH", path, { content: "edited" });
  expect(await socket.event(({ subtype }) => subtype === "message_changed")).toMatchObject({
    message: { text: "edited", ts: event.ts, edited: {} },
  });
  await admin.call("DELETE", path);
  expect(await socket.event(({ subtype }) => subtype === "message_deleted")).toMatchObject({
    deleted_ts: event.ts,
  });
  socket.close();
});

test("[SK8] a channel joined later is subscribed to, without a missed message", async () => {
  const socket = await connectSlack(bot.as);
  const { body: dm } = await admin.call("POST", "/v1/dms", { userIds: [bot.user.id] });
  await admin.call("POST", `/v1/channels/${dm.id}/messages`, { content: "first" });
  expect(await socket.event(({ text }) => text === "first")).toMatchObject({
    channel: `D${dm.id.slice(4)}`,
    channel_type: "im",
  });
  const later = await createChannelFor(admin);
  await admin.call("POST", `/v1/channels/${later}/members`, { userId: bot.user.id });
  await admin.call("POST", `/v1/channels/${later}/messages`, { content: "second" });
  await socket.event(({ text }) => text === "second");
  expect(socket.events.filter(({ type }) => type === "member_joined_channel")).toHaveLength(1);
  socket.close();
});

test("[SK9] an event is sent again three times until it is acknowledged", async () => {
  const socket = await connectSlack(bot.as, { acknowledges: false });
  await post("acknowledged late");
  const again = await socket.waitFor(({ retry_attempt: attempt }) => attempt === 1, "repetition");
  expect(again).toMatchObject({ retry_reason: "timeout", payload: { event: { text: "acknowledged late" } } });
  socket.acknowledge(again.envelope_id!);
  await post("second");
  await socket.event(({ text }) => text === "second");
  expect(socket.received.filter(({ envelope_id: id }) => id === again.envelope_id)).toHaveLength(2);
  socket.close();
});

test("[SK10] a ticket opens one socket, and only for its bot", async () => {
  const { url } = await slackOk("apps.connections.open", bot.as);
  const first = await requestSlackSocket(url);
  expect(first.status).toBe(101);
  first.webSocket!.accept();
  first.webSocket!.close();
  expect((await requestSlackSocket(url)).status).toBe(401);
  expect((await requestSlackSocket(`${url}x`)).status).toBe(401);
  expect((await requestSlackSocket(url.replace(/\?.*/, ""))).status).toBe(401);
});

test("[SK11] a revoked token ends the socket with a disconnect message", async () => {
  const socket = await connectSlack(bot.as);
  await admin.call("DELETE", `/v1/bots/${bot.user.id}/tokens/${bot.token.id}`);
  expect(await socket.closed()).toBe(closeCodes.sessionEnded.code);
  expect(socket.received.at(-1)).toMatchObject({ type: "disconnect", reason: "link_disabled" });
});

test("[SK28] a socket is renewed before its lookups exceed the limit of an invocation", async () => {
  setWorkerConfig({ GATEWAY_SUBREQUESTS: 80 });
  const socket = await connectSlack(bot.as);
  const root = await post("pinned");
  for (let count = 0; count < 12; count++)
    await admin.call(count % 2 === 0 ? "PUT" : "DELETE", `/v1/channels/${channelId}/messages/${root.id}/pin`);
  expect(await socket.closed()).toBe(closeCodes.restart.code);
  expect(socket.received.at(-1)).toMatchObject({ type: "disconnect", reason: "refresh_requested" });
});
