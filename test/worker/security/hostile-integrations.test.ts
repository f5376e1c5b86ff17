import { beforeAll, expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { sendSlack, slackOk } from "../../support/worker/clients/slack-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor, setPostingRules } from "../../support/worker/fixtures/channels.ts";
import { createWebhookFor } from "../../support/worker/fixtures/incoming-webhooks.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";

let admin: TestUser;
let bot: Awaited<ReturnType<typeof createBotFor>>;
let channelId: string;
let channel: string;

beforeAll(async () => {
  admin = await createUser("boss", { role: "admin" });
  bot = await createBotFor(admin);
  channelId = await createChannelFor(admin);
  channel = `C${channelId.slice(4)}`;
  await admin.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
});

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const postJson = (method: string, body: string) =>
  sendSlack(method, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${bot.as.token}` },
    body,
  });

test("[ER1] deeply nested JSON causes no 500 on hooks and in Slack's API", async () => {
  const hook = await createWebhookFor(admin, channelId);
  const deep = nested(31_000);
  expect((await hook.post(`{"text":"hi","attachments":${deep}}`)).status).toBe(200);
  expect((await hook.post(`{"text":"hi","blocks":[{"type":"x","y":${deep}}]}`)).status).toBe(200);
  expect((await hook.post(`{"content":"hi","metadata":{"a":${deep}}}`)).status).toBe(400);
  const deeper = nested(125_000);
  const message = `"channel":"${channel}","text":"x"`;
  for (const field of ["attachments", "blocks"])
    expect((await postJson("chat.postMessage", `{${message},"${field}":[${deeper}]}`)).status).toBe(200);
  const metadata = `{"event_type":"a","event_payload":${deeper}}`;
  expect((await postJson("chat.postMessage", `{${message},"metadata":${metadata}}`)).body.error).toBe(
    "metadata_too_large",
  );
});

test("[ER1] a time that no date can have causes no 500 in chat.scheduleMessage", async () => {
  for (const at of [9_007_199_254_740_991, 8_640_000_000_001, 99_999_999_999]) {
    const { status, body } = await postJson(
      "chat.scheduleMessage",
      JSON.stringify({ channel, text: "later", post_at: at }),
    );
    expect([status, body.error]).toEqual([200, "time_too_far"]);
  }
});

test("[SK2] keys of requests that differ only after 64 characters are different keys", async () => {
  const given = { channel, text: "same text" };
  const prefix = "k".repeat(64);
  const [first, second, repeated] = [
    await slackOk("chat.postMessage", bot.as, { ...given, client_msg_id: `${prefix}1` }),
    await slackOk("chat.postMessage", bot.as, { ...given, client_msg_id: `${prefix}2` }),
    await slackOk("chat.postMessage", bot.as, { ...given, client_msg_id: `${prefix}2` }),
  ];
  expect(second.ts).not.toBe(first.ts);
  expect(repeated.ts).toBe(second.ts);
});

test("[SK27] names, topics, file names and scheduled texts arrive with < and > encoded", async () => {
  const sly = "<!channel> & co";
  const encoded = "&lt;!channel&gt; &amp; co";
  const eve = await createUser("eve");
  await eve.call("PATCH", "/v1/users/me", { displayName: sly });
  const own = await createChannelFor(eve, [{ userId: bot.user.id } as TestUser]);
  const name = `${sly} ${own.slice(-6)}`;
  await eve.call("PATCH", `/v1/channels/${own}`, { name, topic: sly, description: sly });
  const id = `C${own.slice(4)}`;

  const { user } = await slackOk("users.info", bot.as, { user: `U${eve.userId.slice(4)}` });
  expect(user).toMatchObject({
    real_name: encoded,
    profile: { real_name: encoded, display_name: encoded },
  });
  const { channel: info } = await slackOk("conversations.info", bot.as, { channel: id });
  expect(info).toMatchObject({ topic: { value: encoded }, purpose: { value: encoded } });
  expect(info.name).toContain(encoded);
  expect((await slackOk("chat.postMessage", bot.as, { channel: info.name, text: "found" })).channel).toBe(id);

  const later = { channel: id, text: encoded, post_at: Math.floor(Date.now() / 1_000) + 3_600 };
  await slackOk("chat.scheduleMessage", bot.as, later);
  const { scheduled_messages: scheduled } = await slackOk("chat.scheduledMessages.list", bot.as);
  expect(scheduled.map(({ text }: { text: string }) => text)).toEqual([encoded]);
  const posted = await slackOk("chat.postMessage", bot.as, { channel: id, text: "x", username: sly });
  expect(posted.message.username).toBe(encoded);
});

test("[PT2] a scheduled message is sent with the rights of the token that changed it", async () => {
  const owner = await createUser("chief", { role: "admin" });
  const other = await createUser("mod");
  const { as: token } = await createTokenFor(owner, { scopes: ["read", "write"] });
  const closed = await createChannelFor(other, [owner]);
  await setPostingRules(closed, { postingPolicy: "moderators" });
  const body = { channelId: closed, content: "mine", sendAt: new Date(Date.now() + 3_600_000).toISOString() };
  expect((await expectRejected(api.createScheduledMessage, { as: token, body })).code).toBe("forbidden");

  const { id } = await expectOk(api.createScheduledMessage, { as: owner, body });
  const params = { scheduledMessageId: id };
  await expectOk(api.updateScheduledMessage, { as: token, params, body: { content: "not mine" } });
  const { state, error } = await expectOk(api.sendScheduledMessage, { as: owner, params });
  expect([state, error?.code]).toEqual(["failed", "forbidden"]);
});

test("[WH9] a token without the scope read changes no URL or events", async () => {
  const body = { name: "hook", url: "https://hooks.parley.dev/none", events: ["messageCreate"] };
  const { as: writeOnly } = await createTokenFor(admin, { scopes: ["write"] });
  const { subscription } = await expectOk(api.createEventSubscription, { as: admin, body });
  const params = { subscriptionId: subscription.id };
  for (const change of [{ url: "https://evil.parley.dev/" }, { events: ["messageUpdate"] }, { active: true }])
    expect(
      (await expectRejected(api.updateEventSubscription, { as: writeOnly, params, body: change })).detail,
    ).toContain("read");
  await expectOk(api.updateEventSubscription, { as: writeOnly, params, body: { active: false } });
});
