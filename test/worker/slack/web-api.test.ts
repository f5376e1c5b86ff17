import { beforeAll, expect, test } from "vitest";
import { callSlack, sendSlack, slackOk } from "../../support/worker/clients/slack-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";

type Bot = Awaited<ReturnType<typeof createBotFor>>;

let admin: TestUser;
let bot: Bot;
let channelId: string;
let channel: string;

const slackId = (letter: string, id: string): string => `${letter}${id.slice(4)}`;
const errorOf = async (method: string, caller: { token?: string }, given: Record<string, unknown> = {}) =>
  (await callSlack(method, caller, given)).body.error as string;

beforeAll(async () => {
  admin = await createUser("boss", { role: "admin" });
  bot = await createBotFor(admin);
  channelId = await createChannelFor(admin);
  await admin.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  channel = slackId("C", channelId);
});

test("[SK1] a message is posted, listed, replied to, edited and deleted", async () => {
  const auth = await slackOk("auth.test", bot.as);
  expect(auth).toMatchObject({ user_id: slackId("U", bot.user.id), bot_id: slackId("B", bot.user.id) });
  const first = await slackOk("chat.postMessage", bot.as, {
    channel,
    text: "one &amp; *two* <https://a.example|link>",
  });
  const { body: stored } = await admin.call("GET", `/v1/channels/${channelId}/messages`);
  expect(stored.items.at(-1).content).toBe("one & **two** [link](https://a.example)");
  const reply = await slackOk("chat.postMessage", bot.as, {
    channel,
    text: "reply",
    thread_ts: first.ts,
    reply_broadcast: true,
  });
  expect(reply.message).toMatchObject({ thread_ts: first.ts, parent_user_id: auth.user_id });
  const second = await slackOk("chat.postMessage", bot.as, { channel, text: "two" });
  const history = await slackOk("conversations.history", bot.as, { channel, limit: 3 });
  expect(history.messages.map(({ text }: any) => text)).toEqual([
    "two",
    "reply",
    "one &amp; *two* <https://a.example|link>",
  ]);
  const replies = await slackOk("conversations.replies", bot.as, { channel, ts: first.ts });
  expect(replies.messages).toMatchObject([{ ts: first.ts, reply_count: 1 }, { text: "reply" }]);
  const edited = await slackOk("chat.update", bot.as, { channel, ts: second.ts, text: "2" });
  expect(edited).toMatchObject({ ts: second.ts, text: "2", message: { edited: {} } });
  const { permalink } = await slackOk("chat.getPermalink", bot.as, { channel, message_ts: second.ts });
  expect(permalink).toMatch(new RegExp(`/c/${channelId}/\\d+$`));
  await slackOk("chat.delete", bot.as, { channel, ts: second.ts });
  expect(await errorOf("chat.update", bot.as, { channel, ts: second.ts, text: "3" })).toBe(
    "message_not_found",
  );
});

test("[SK1] blocks, metadata, name and icon of a bot's message are kept", async () => {
  const blocks = [
    { type: "section", text: { type: "mrkdwn", text: `*hi* <@${slackId("U", admin.userId)}>` } },
  ];
  const { message, ts } = await slackOk("chat.postMessage", bot.as, {
    channel,
    text: "fallback",
    blocks,
    username: "Deploys",
    icon_emoji: ":rocket:",
    metadata: { event_type: "deployed", event_payload: { id: 7 } },
  });
  expect(message).toMatchObject({
    text: `*hi* <@${slackId("U", admin.userId)}>`,
    blocks,
    username: "Deploys",
    icons: { emoji: ":rocket:" },
    metadata: { event_type: "deployed", event_payload: { id: 7 } },
  });
  const { body } = await admin.call("GET", `/v1/channels/${channelId}/messages?limit=1`);
  expect(body.items[0]).toMatchObject({ mentions: [admin.userId], content: `**hi** @${admin.username}` });
  const replies = await slackOk("conversations.replies", bot.as, { channel, ts });
  expect(replies.messages[0].blocks).toEqual(blocks);
});

test("[SK1] reactions, pins, topics, members and presence are read and changed", async () => {
  const { ts } = await slackOk("chat.postMessage", bot.as, { channel, text: "about" });
  const at = { channel, timestamp: ts };
  await slackOk("reactions.add", bot.as, { ...at, name: "thumbsup" });
  expect((await slackOk("reactions.get", bot.as, at)).message.reactions).toEqual([
    { name: "+1", count: 1, users: [slackId("U", bot.user.id)] },
  ]);
  await slackOk("reactions.remove", bot.as, { ...at, name: "+1" });
  expect(await errorOf("reactions.add", bot.as, { ...at, name: "no_such" })).toBe("invalid_name");
  await slackOk("pins.add", bot.as, at);
  expect((await slackOk("pins.list", bot.as, { channel })).items).toMatchObject([{ message: { ts } }]);
  await slackOk("pins.remove", bot.as, at);
  const { channel: created } = await slackOk("conversations.create", bot.as, { name: "from-slack" });
  await slackOk("conversations.setTopic", bot.as, { channel: created.id, topic: "news" });
  await slackOk("conversations.setPurpose", bot.as, { channel: created.id, purpose: "all of it" });
  await slackOk("conversations.invite", bot.as, { channel: created.id, users: slackId("U", admin.userId) });
  expect((await slackOk("conversations.members", bot.as, { channel: created.id })).members).toHaveLength(2);
  expect((await slackOk("conversations.info", bot.as, { channel: created.id })).channel).toMatchObject({
    ...{ name: "from-slack", is_member: true, topic: { value: "news" }, purpose: { value: "all of it" } },
  });
  await slackOk("conversations.kick", bot.as, { channel: created.id, user: slackId("U", admin.userId) });
  await slackOk("conversations.rename", bot.as, { channel: created.id, name: "renamed" });
  await slackOk("chat.postMessage", bot.as, { channel: "#renamed", text: "by name" });
  await slackOk("conversations.mark", bot.as, { channel, ts });
  await slackOk("conversations.archive", bot.as, { channel: created.id });
  expect(await errorOf("chat.postMessage", bot.as, { channel: created.id, text: "x" })).toBe("is_archived");
  await slackOk("conversations.unarchive", bot.as, { channel: created.id });
  expect((await slackOk("users.getPresence", bot.as, { user: slackId("U", admin.userId) })).presence).toBe(
    "away",
  );
  await slackOk("users.setPresence", bot.as, { presence: "away" });
  const { channel: dm } = await slackOk("conversations.open", bot.as, { users: slackId("U", admin.userId) });
  expect(dm.id).toMatch(/^D/);
  const direct = await slackOk("chat.postMessage", bot.as, {
    channel: slackId("U", admin.userId),
    text: "hi",
  });
  expect(direct.channel).toBe(dm.id);
  const { channels } = await slackOk("users.conversations", bot.as, { types: "public_channel,im" });
  expect(channels.map(({ id }: any) => id)).toEqual(expect.arrayContaining([dm.id, channel, created.id]));
});

test("[SK1] users, bots, the workspace and its emoji are described", async () => {
  const { members } = await slackOk("users.list", bot.as, { limit: 1_000 });
  expect(members.find(({ id }: any) => id === slackId("U", bot.user.id))).toMatchObject({ is_bot: true });
  expect((await slackOk("users.info", bot.as, { user: slackId("U", admin.userId) })).user).toMatchObject({
    name: admin.username,
    is_admin: true,
  });
  expect(await errorOf("users.info", bot.as, { user: "U0" })).toBe("user_not_found");
  expect((await slackOk("bots.info", bot.as, { bot: slackId("B", bot.user.id) })).bot.user_id).toBe(
    slackId("U", bot.user.id),
  );
  expect((await slackOk("team.info", bot.as)).team.id).toMatch(/^T[0-9A-Z]{10}$/);
  await slackOk("emoji.list", bot.as);
  expect((await callSlack("views.open", bot.as, { trigger_id: "1", view: {} })).body).toMatchObject({
    error: "not_supported",
    response_metadata: { messages: [expect.stringContaining("modal dialogs")] },
  });
});

test("[SK2] arguments and token arrive in a form, as JSON or in the query", async () => {
  const text = "from json";
  const posted = await sendSlack("chat.postMessage", {
    method: "POST",
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      Authorization: `Bearer xoxb-${bot.accessToken}`,
    },
    body: JSON.stringify({ channel, text }),
  });
  expect(posted.body).toMatchObject({ ok: true, message: { text } });
  const query = new URLSearchParams({ token: bot.accessToken, channel, limit: "1" });
  expect((await sendSlack(`conversations.history?${query}`, {})).body.messages).toMatchObject([{ text }]);
  const form = { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" } };
  expect((await sendSlack("auth.test", { ...form, body: `token=${bot.accessToken}` })).body.ok).toBe(true);
  const send = (type: string, body: string) =>
    sendSlack("auth.test", { method: "POST", headers: { "Content-Type": type }, body });
  expect((await send("application/json", "{")).body.error).toBe("invalid_json");
  expect((await send("application/json", "[]")).body.error).toBe("json_not_object");
  expect((await send("text/plain", "x")).body.error).toBe("invalid_post_type");
  expect((await send("application/json", `"${"x".repeat(300_000)}"`)).body.error).toBe("msg_too_long");
});

test("[SK12] invalid tokens, missing scopes and arguments have errors of Slack", async () => {
  expect(await errorOf("auth.test", {})).toBe("not_authed");
  expect(await errorOf("auth.test", { token: "xoxb-1-2-3" })).toBe("invalid_auth");
  expect((await callSlack("api.test")).body.ok).toBe(true);
  const reader = await createTokenFor(admin, { scopes: ["read"] });
  const { body, headers, status } = await callSlack("chat.postMessage", reader.as, { channel, text: "x" });
  expect([status, body]).toEqual([
    200,
    { ok: false, error: "missing_scope", needed: "write", provided: "read" },
  ]);
  expect(headers.get("X-OAuth-Scopes")).toBe("read");
  expect(await errorOf("chat.postMessage", bot.as, { channel })).toBe("no_text");
  expect(await errorOf("chat.postMessage", bot.as, { text: "x" })).toBe("channel_not_found");
  expect(await errorOf("chat.postMessage", bot.as, { channel: "C0", text: "x" })).toBe("channel_not_found");
  expect(await errorOf("chat.postMessage", bot.as, { channel, text: "x", blocks: "{" })).toBe(
    "invalid_arguments",
  );
  const other = slackId("C", await createChannelFor(admin));
  expect(await errorOf("chat.postMessage", bot.as, { channel: other, text: "x" })).toMatch(
    /^(not_in_channel|channel_not_found)$/,
  );
  for (const ts of ["1700000000.000001", "9999999999.999999", "x", "1.1"])
    expect(await errorOf("chat.delete", bot.as, { channel, ts })).toBe("message_not_found");
  const limited = await createBotFor(admin, { channelIds: [channelId] });
  expect(await errorOf("conversations.history", limited.as, { channel: other })).toBe("channel_not_found");
});

test("[SK12] an unknown method is answered, and logged with its name alone", async () => {
  const { lines, result } = await captureLogs(async () => [
    await errorOf("admin.users.invite", bot.as, { email: "secret@parley.test" }),
    await errorOf(`x${"y".repeat(300)}`, bot.as),
  ]);
  expect(result).toEqual(["unknown_method", "unknown_method"]);
  const logged = lines.filter(({ message }) => message === "slack.unknown_method");
  expect(logged.map(({ method }) => method)).toEqual(["admin.users.invite", "other"]);
  expect(JSON.stringify(lines)).not.toContain("secret@");
});

test("[IH14] attachments of a bot are kept and changed; those of a user become text", async () => {
  const attachments = [
    { color: "good", title: "Build", title_link: "https://a.example", text: "*ok* <!here>" },
  ];
  const native = { color: "good", title: "Build", titleUrl: "https://a.example", text: "**ok** @here" };
  const stored = async () =>
    (await admin.call("GET", `/v1/channels/${channelId}/messages`)).body.items.at(-1);
  const { ts, message } = await slackOk("chat.postMessage", bot.as, { channel, attachments });
  expect(message.attachments).toMatchObject([{ ...attachments[0], fallback: "Build" }]);
  expect(await stored()).toMatchObject({ content: "@here", attachments: [native] });
  await slackOk("chat.update", bot.as, { channel, ts, text: "kept" });
  expect(await stored()).toMatchObject({ content: "kept", attachments: [native] });
  await slackOk("chat.update", bot.as, { channel, ts, attachments: JSON.stringify([{ text: "new" }]) });
  expect(await stored()).toMatchObject({ content: "", attachments: [{ text: "new" }] });
  await slackOk("chat.update", bot.as, { channel, ts, text: "none", attachments: [] });
  expect((await stored()).attachments).toBeUndefined();
  expect(await errorOf("chat.postMessage", bot.as, { channel, attachments: [{}] })).toBe("no_text");
  const { as } = await createTokenFor(admin, { scopes: ["read", "write"] });
  await slackOk("chat.postMessage", as, { channel, attachments });
  expect((await stored()).content).toBe("**[Build](https://a.example)**\n**ok** @here");
});

test("[SK13] history is paged in both directions, and limited by time", async () => {
  const { channel: created } = await slackOk("conversations.create", bot.as, { name: "paged" });
  const stamps: string[] = [];
  for (let at = 0; at < 12; at++)
    stamps.push((await slackOk("chat.postMessage", bot.as, { channel: created.id, text: `m${at}` })).ts);
  const read = async (given: Record<string, unknown>): Promise<string[]> => {
    const found: string[] = [];
    for (let cursor = ""; ;) {
      const page = await slackOk("conversations.history", bot.as, {
        channel: created.id,
        limit: 5,
        cursor,
        ...given,
      });
      found.push(...page.messages.map(({ text }: any) => text));
      expect(page.has_more).toBe(page.response_metadata.next_cursor !== "");
      if (!page.has_more) return found;
      cursor = page.response_metadata.next_cursor;
    }
  };
  const texts = stamps.map((_, at) => `m${at}`);
  expect(await read({})).toEqual(texts.toReversed());
  expect((await read({ oldest: stamps[3] })).toSorted()).toEqual(texts.slice(4).toSorted());
  expect(await read({ latest: stamps[3] })).toEqual(texts.slice(0, 3).toReversed());
  expect(await read({ latest: stamps[3], inclusive: true })).toEqual(texts.slice(0, 4).toReversed());
  expect(await read({ oldest: stamps[2], latest: stamps[6] })).toEqual(texts.slice(3, 6).toReversed());
  const first = Math.floor(Number(stamps[0])) - 100;
  expect(await read({ oldest: String(first), latest: String(first + 1) })).toEqual([]);
});

test("[SK13] lists are paged by a cursor", async () => {
  const names: string[] = [];
  for (let cursor = ""; ;) {
    const page = await slackOk("conversations.list", bot.as, {
      types: "public_channel,private_channel,im",
      limit: 1,
      ...(cursor && { cursor }),
    });
    names.push(...page.channels.map(({ id }: any) => id));
    cursor = page.response_metadata.next_cursor;
    if (cursor === "") break;
  }
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain(channel);
  expect(await errorOf("conversations.list", bot.as, { cursor: "???" })).toBe("invalid_cursor");
});
