import { beforeAll, expect, test } from "vitest";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";
import { callSlack, slackOk } from "../../support/worker/clients/slack-client.ts";

let admin: TestUser;
let bot: Awaited<ReturnType<typeof createBotFor>>;
let channel: string;

beforeAll(async () => {
  admin = await createUser("boss", { role: "admin" });
  bot = await createBotFor(admin);
  const id = await createChannelFor(admin);
  await admin.call("POST", `/v1/channels/${id}/members`, { userId: bot.user.id });
  channel = `C${id.slice(4)}`;
});

test("[SK1] a message is posted, listed, replied to, edited and deleted", async () => {
  const auth = await slackOk("auth.test", bot.as);
  expect(auth.user_id).toMatch(/^U[0-9A-Z]{26}$/);
  const first = await slackOk("chat.postMessage", bot.as, { channel, text: "one &amp; two" });
  expect(first.ts).toMatch(/^\d{10}\.\d{6}$/);
  const reply = await slackOk("chat.postMessage", bot.as, { channel, text: "reply", thread_ts: first.ts });
  expect(reply.message.thread_ts).toBe(first.ts);
  const second = await slackOk("chat.postMessage", bot.as, { channel, text: "two" });
  expect(second.ts > first.ts).toBe(true);
  const history = await slackOk("conversations.history", bot.as, { channel });
  expect(history.messages.map(({ text }: any) => text)).toEqual(["two", "one &amp; two"]);
  const replies = await slackOk("conversations.replies", bot.as, { channel, ts: first.ts });
  expect(replies.messages.map(({ text }: any) => text)).toEqual(["one &amp; two", "reply"]);
  const edited = await slackOk("chat.update", bot.as, { channel, ts: second.ts, text: "2" });
  expect(edited.ts).toBe(second.ts);
  await slackOk("reactions.add", bot.as, { channel, timestamp: second.ts, name: "thumbsup" });
  const got = await slackOk("reactions.get", bot.as, { channel, timestamp: second.ts });
  expect(got.message.reactions).toEqual([{ name: "+1", count: 1, users: [auth.user_id] }]);
  await slackOk("chat.delete", bot.as, { channel, ts: second.ts });
  console.log(JSON.stringify(await callSlack("chat.delete", bot.as, { channel, ts: "1700000000.000001" })));
  console.log(JSON.stringify((await callSlack("conversations.list", bot.as)).body));
  console.log(
    JSON.stringify((await callSlack("views.open", bot.as)).body),
    JSON.stringify((await callSlack("foo.bar", bot.as)).body),
    JSON.stringify((await callSlack("foo.bar")).body),
  );
});
