import { expect, test } from "vitest";
import { createEventSubscription } from "../../../src/protocol/index.ts";
import { slackSignature } from "../../../src/features/slack/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import {
  openReceiver,
  type ReceivedEvent,
  runSenderAlarmAfter,
} from "../../support/worker/fakes/webhook-receiver.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";

/** Answers the challenge, and events by `status`. */
const program =
  (status: () => number) =>
  ({ body }: ReceivedEvent): number | Response =>
    body.type === "url_verification" ? Response.json({ challenge: body.challenge }) : status();

async function setUp(status: () => number = () => 200) {
  const admin = await createUser("boss", { role: "admin" });
  const bot = await createBotFor(admin);
  const channelId = await createChannelFor(admin);
  await admin.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  const receiver = openReceiver(program(status));
  const { subscription } = await expectOk(createEventSubscription, {
    as: bot.as,
    body: {
      ...{ name: "bolt", url: receiver.url, signingSecret, channelIds: [channelId] },
      events: ["messageCreate", "threadCreate", "reactionAdd"],
    },
  });
  return { admin, bot, channelId, receiver, subscription };
}

test("[SK14] events are signed and translated, with thread and author looked up", async () => {
  const { admin, bot, channelId, receiver, subscription } = await setUp();
  expect(subscription.format).toBe("slack");
  const path = `/v1/channels/${channelId}/messages`;
  const { body: root } = await admin.call("POST", path, { content: `hello @${bot.user.username}` });
  await admin.call("POST", `${path}/${root.id}/thread`, { content: "reply" });
  await admin.call("PUT", `${path}/${root.id}/reactions/${encodeURIComponent("🎉")}`);
  const received = await receiver.received(5);
  const events = received.slice(1).map(({ body }) => body.event);
  expect(events.map(({ type }) => type)).toEqual(["message", "app_mention", "message", "reaction_added"]);
  expect(events[2].thread_ts).toBe(events[0].ts);
  expect(events[3].item.ts).toBe(events[0].ts);
  for (const { headers, text } of received) {
    const atMs = Number(headers["X-Slack-Request-Timestamp"]) * 1_000;
    expect(headers).toMatchObject(slackSignature(signingSecret, text, atMs));
  }
  expect(new Set(received.slice(1).map(({ body }) => body.event_id)).size).toBe(4);
});

test("[SK14] a failed request is repeated with its number, three times", async () => {
  let status = 500;
  const { admin, channelId, receiver, subscription } = await setUp(() => status);
  await admin.call("POST", `/v1/channels/${channelId}/messages`, { content: "again" });
  await receiver.received(2);
  for (const [count, waitMs] of [
    [3, 2_000],
    [4, 61_000],
    [5, 301_000],
  ] as const) {
    await runSenderAlarmAfter(subscription.id, waitMs);
    await receiver.received(count);
  }
  expect(receiver.events.slice(1).map(({ headers }) => headers["X-Slack-Retry-Num"])).toEqual([
    undefined,
    "1",
    "2",
    "3",
  ]);
  expect(new Set(receiver.events.slice(1).map(({ body }) => body.event_id)).size).toBe(1);
  status = 200;
  await admin.call("POST", `/v1/channels/${channelId}/messages`, { content: "next" });
  expect((await receiver.received(6))[5]!.body.event.text).toBe("next");
});

test("[SK14] a receiver that does not repeat the challenge gets no subscription", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const receiver = openReceiver(() => new Response("ok"));
  const body = { name: "x", url: receiver.url, signingSecret, events: ["messageCreate" as const] };
  const problem = await expectRejected(createEventSubscription, { as: admin, body });
  expect(problem.issues).toMatchObject([{ path: "url" }]);
});
