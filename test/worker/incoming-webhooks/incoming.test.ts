import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { accountDatabase, incomingWebhooks } from "../../../src/db/index.ts";
import { slackTs } from "../../../src/features/slack/timestamps.ts";
import { noId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createWebhookFor,
  postToHook,
  type TestWebhook,
} from "../../support/worker/fixtures/incoming-webhooks.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser;
let bob: TestUser;
let admin: TestUser;
let channelId: string;
let hook: TestWebhook;

beforeAll(async () => {
  [ann, bob, admin] = [await createUser("ann"), await createUser("bob"), await createUser("boss", { role: "admin" })];
}); // prettier-ignore

beforeEach(async () => {
  channelId = await createChannelFor(ann, [bob]);
  hook = await createWebhookFor(ann, channelId);
});

afterEach(() => {
  vi.useRealTimers();
});

const messages = async (id = channelId): Promise<api.Message[]> =>
  (await expectOk(api.getChannelMessages, { as: ann, params: { channelId: id }, query: { limit: "10" } }))
    .items;
const last = async (): Promise<api.Message> => (await messages()).at(-1)!;
const answerOf = ({ status, text }: { status: number; text: string }): string => `${status} ${text}`;

describe("[IH5] a message in Slack's format", () => {
  test("is posted as the webhook's bot, and answered with ok", async () => {
    const answer = await hook.post({ text: "*up* <https://a.example|log> &amp; <!here>" });
    expect(answerOf(answer)).toBe("200 ok");
    expect(answer.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
    const message = await last();
    expect(message).toMatchObject({
      content: "**up** [log](https://a.example) & @here",
      authorId: hook.webhook.botUserId,
      isBot: true,
    });
    expect(message.sender).toBeUndefined();
  });

  test("has another name and icon, as far as they are valid", async () => {
    await hook.post({ text: "a", username: "Deploy bot", icon_emoji: ":Rocket:" });
    expect((await last()).sender).toEqual({ name: "Deploy bot", icon: ":rocket:" });
    await hook.post({ text: "b", username: "n".repeat(200), icon_url: "http://a.example/i.png" });
    expect((await last()).sender).toEqual({ name: `${"n".repeat(79)}…` });
    await hook.post({ text: "c", username: " ", icon_url: "https://a.example/i.png" });
    expect((await last()).sender).toEqual({ icon: "https://a.example/i.png" });
  });

  test("may be a form, JSON without its type, or JSON with a charset", async () => {
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const payload = JSON.stringify({ text: "from a form + 1" });
    expect(answerOf(await hook.post(`payload=${encodeURIComponent(payload)}`, form))).toBe("200 ok");
    expect((await last()).content).toBe("from a form + 1");
    expect(answerOf(await hook.post(payload, form))).toBe("200 ok");
    expect(answerOf(await hook.post(payload, { "Content-Type": "application/json; charset=utf-8" }))).toBe("200 ok");
  }); // prettier-ignore

  test("keeps small blocks in metadata and marks what was left out", async () => {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "*b*" } }];
    await hook.post({ text: "fallback", blocks });
    expect(await last()).toMatchObject({ content: "**b**", metadata: { blocks } });
    const large = [{ type: "section", text: { type: "plain_text", text: "x".repeat(5_000) } }];
    await hook.post({ blocks: large });
    expect((await last()).metadata).toEqual({ blocksDropped: true });
    await hook.post({ text: "x".repeat(9_000) });
    expect((await last()).metadata).toEqual({ textTruncated: true });
  });

  test("keeps attachments; names come from ids", async () => {
    await hook.post({
      text: `<@U${ann.userId.slice(4)}> in <#C${channelId.slice(4)}|x>`,
      attachments: [
        { title: "[FIRING:1] Down", title_link: "https://a.example", text: "*db* down", color: "danger", thumb_url: "javascript:x" },
      ],
    });
    const { content, mentions, attachments } = await last();
    const { name } = await expectOk(api.getChannel, { as: ann, params: { channelId } });
    expect(content).toBe(`@${ann.username} in #${name}`);
    expect(mentions).toEqual([ann.userId]);
    expect(attachments).toEqual([
      { title: "[FIRING:1] Down", titleUrl: "https://a.example", text: "**db** down", color: "danger" },
    ]);
  }); // prettier-ignore

  test("mentions in attachments notify, also of user groups", async () => {
    const group = await expectOk(api.createGroup, {
      as: admin,
      body: { handle: "on-call", name: "On call", userIds: [bob.userId] },
    });
    await hook.post({ attachments: [{ text: `<@U${ann.userId.slice(4)}> <!subteam^S${group.id.slice(4)}|x>` }] });
    const { content, mentions, entities, attachments } = await last();
    expect(attachments).toEqual([{ text: `@${ann.username} @on-call` }]);
    expect(content).toBe(`@${ann.username} @on-call`);
    expect(mentions.toSorted()).toEqual([ann.userId, bob.userId].toSorted());
    expect(entities?.map(({ type }) => type)).toEqual(["mention", "groupMention"]);
    await hook.post({ text: `<!subteam^S${noId("grp").slice(4)}|@old>` });
    expect((await last()).content).toBe("\\@old");
  }); // prettier-ignore

  test("replies in a thread by the id of its message, or by its ts", async () => {
    await hook.post({ text: "root" });
    const { id, seq, createdAt } = await last();
    const ts = slackTs({ seq, createdAt });
    for (const thread_ts of [id, ts])
      expect(answerOf(await hook.post({ text: `reply to ${thread_ts}`, thread_ts }))).toBe("200 ok");
    const { items } = await expectOk(api.getThreadMessages, {
      as: ann,
      params: { channelId, messageId: id },
    });
    expect(items.map(({ content }) => content)).toEqual([`reply to ${id}`, `reply to ${ts}`]);
    for (const thread_ts of [noId("msg"), "1764360000.000100", `${ts.slice(0, -1)}9`, "1764360000", "x"])
      expect(answerOf(await hook.post({ text: "reply", thread_ts }))).toBe("404 thread_not_found");
    await expectOk(api.removeMember, { as: ann, params: { channelId, userId: hook.webhook.botUserId } });
    for (const thread_ts of [ts, "1764360000.000100"])
      expect(answerOf(await hook.post({ text: "reply", thread_ts }))).toBe("404 no_active_hooks");
  });
});

describe("[IH6] answers as Slack's", () => {
  test.for([
    ["", "400 invalid_payload"],
    ["text", "400 invalid_payload"],
    ["[]", "400 invalid_payload"],
    ["null", "400 invalid_payload"],
    ["{", "400 invalid_payload"],
    ["payload=", "400 invalid_payload"],
    ["payload={", "400 invalid_payload"],
    ["payload=%5B%5D", "400 invalid_payload"],
    ["{}", "400 no_text"],
    ['{"text":""}', "400 no_text"],
    ['{"text":" "}', "400 no_text"],
    ['{"attachments":[{}]}', "400 no_text"],
    ['{"text":"a","blocks":[{}]}', "400 invalid_blocks"],
    ['{"text":"a","blocks":"x"}', "400 invalid_blocks"],
    [JSON.stringify({ attachments: Array.from({ length: 101 }, () => ({ text: "a" })) }), "400 too_many_attachments"],
    [JSON.stringify({ text: "x".repeat(70_000) }), "413 payload_too_large"],
  ])("%s", async ([body, answer]) => {
    expect(answerOf(await hook.post(body))).toBe(answer);
    expect((await messages()).filter(({ isBot }) => isBot)).toEqual([]);
  }); // prettier-ignore

  test("a compressed body, bytes that are no UTF-8, and a long key are invalid", async () => {
    expect(answerOf(await hook.post({ text: "a" }, { "Content-Encoding": "gzip" }))).toBe("400 invalid_payload");
    expect(answerOf(await hook.post({ text: "a" }, { "Idempotency-Key": "k".repeat(256) }))).toBe("400 invalid_payload");
  }); // prettier-ignore

  test("an archived channel, a restricted channel, a muted bot, a removed bot", async () => {
    const { botUserId } = hook.webhook;
    const post = async () => answerOf(await hook.post({ text: "a" }));
    await expectOk(api.updateChannel, { as: ann, params: { channelId }, body: { postingPolicy: "moderators" } });
    expect(await post()).toBe("403 posting_to_general_channel_denied");
    await expectOk(api.updateChannel, { as: ann, params: { channelId }, body: { postingPolicy: "everyone" } });
    await expectOk(api.muteMember, { as: ann, params: { channelId, userId: botUserId }, body: {} });
    expect(await post()).toBe("403 action_prohibited");
    await expectOk(api.unmuteMember, { as: ann, params: { channelId, userId: botUserId } });
    await expectOk(api.removeMember, { as: ann, params: { channelId, userId: botUserId } });
    expect(await post()).toBe("404 no_active_hooks");
    await expectOk(api.addMember, { as: ann, params: { channelId }, body: { userId: botUserId } });
    expect(await post()).toBe("200 ok");
    await expectOk(api.archiveChannel, { as: ann, params: { channelId } });
    expect(await post()).toBe("410 channel_is_archived");
  }); // prettier-ignore

  test("another channel only with anyChannel, and only where the bot is a member", async () => {
    const other = await createChannelFor(ann, [admin]);
    await expectOk(api.addMember, { as: ann, params: { channelId }, body: { userId: admin.userId } });
    const { name } = await expectOk(api.getChannel, { as: ann, params: { channelId: other } });
    // Without the permission the choice is ignored.
    expect(answerOf(await hook.post({ text: "own", channel: `#${name}` }))).toBe("200 ok");
    expect((await last()).content).toBe("own");
    await expectOk(api.updateIncomingWebhook, {
      as: admin,
      params: { channelId, webhookId: hook.webhook.id },
      body: { anyChannel: true },
    });
    vi.useFakeTimers({ toFake: ["Date"] });
    advanceClock(2_000);
    for (const channel of [`#${name}`, "#none", other, noId("chn"), "@ann"])
      expect(answerOf(await hook.post({ text: "x", channel }))).toBe("404 channel_not_found");
    await expectOk(api.addMember, { as: ann, params: { channelId: other }, body: { userId: hook.webhook.botUserId } });
    for (const channel of [`#${name}`, other, `C${other.slice(4)}`])
      expect(answerOf(await hook.post({ text: "there", channel }))).toBe("200 ok");
    expect((await messages(other)).filter(({ content }) => content === "there")).toHaveLength(3);
  }); // prettier-ignore
});

describe("[IH7] our own format", () => {
  test("is answered with the message, or with a problem document", async () => {
    const body = {
      content: "**done**",
      username: "CI",
      icon: ":gear:",
      metadata: { build: 7 },
      attachments: [{ title: "log" }],
      files: [{ url: "https://a.example/(x).txt", name: "a [file]" }, { url: "https://a.example/y" }],
      nonce: "n1",
    };
    const answer = await hook.post(body);
    const { id, ...message } = JSON.parse(answer.text) as api.Message;
    expect(answer.status).toBe(200);
    expect(message).toMatchObject({
      content: "**done**\n[a \\[file\\]](https://a.example/%28x%29.txt)\nhttps://a.example/y",
      sender: { name: "CI", icon: ":gear:" },
      metadata: { build: 7 },
      attachments: [{ title: "log" }],
    });
    expect(JSON.parse((await hook.post(body)).text).id).toBe(id);
    expect((await hook.post({ ...body, content: "other" })).status).toBe(409);
    const reply = await hook.post({ content: "reply", threadId: id });
    expect(JSON.parse(reply.text)).toMatchObject({ threadId: id });
    const invalid = await hook.post({ content: "a", unknown: 1, files: [{ url: "javascript:x" }] });
    expect(invalid.status).toBe(400);
    expect(JSON.parse(invalid.text).issues.map(({ path }: { path: string }) => path)).toContain("files.0.url");
    expect(JSON.parse((await hook.post({ content: "" })).text).code).toBe("validation_failed");
    expect((await hook.post({ content: "r", threadId: noId("msg") })).status).toBe(404);
  });
}); // prettier-ignore

describe("[IH8] the secret", () => {
  test("unknown ids and wrong secrets have the same answer, and read nothing", async () => {
    const { url, webhook } = hook;
    const secret = url.split("/").at(-1)!;
    const other = await createWebhookFor(ann, channelId);
    const paths = [
      [webhook.id, `${"A".repeat(54)}`],
      [webhook.id, "x"],
      [webhook.id, other.url.split("/").at(-1)!],
      [webhook.id, `${secret.slice(0, -1)}${secret.endsWith("A") ? "Q" : "A"}`],
      [noId("iwh"), secret],
      ["iwh_x", secret],
      ["x", "-"],
      ["x".repeat(2_000), "y".repeat(2_000)],
      ["%20", "%00"],
    ];
    const answers = await Promise.all(
      paths.map(([id, given]) => postToHook(`https://parley.test/hooks/${id}/${given}`, { text: "a" })),
    );
    const seen = answers.map(({ status, text, headers }) => {
      const fixed = [...headers].filter(([name]) => name !== "x-request-id");
      return JSON.stringify([status, text, fixed]);
    });
    expect(new Set(seen).size).toBe(1);
    expect(answerOf(answers[0]!)).toBe("404 no_service");
    expect(answerOf(await postToHook("https://parley.test/hooks/x", { text: "a" }))).toBe("404 no_service");
    expect(
      answerOf(await postToHook(`https://parley.test/hooks/${webhook.id}.${secret}`, { text: "a" })),
    ).toBe("200 ok");
  });

  test("is stored hashed, and appears in no log line", async () => {
    const lines: string[] = [];
    for (const method of ["log", "info", "warn", "error", "debug"] as const)
      vi.spyOn(console, method).mockImplementation((...values) => void lines.push(values.join(" ")));
    const secret = hook.url.split("/").at(-1)!;
    await hook.post({ text: "hidden content" });
    await hook.post("{");
    vi.restoreAllMocks();
    expect(lines.join("\n")).toContain("/hooks/:webhookId/:secret");
    expect(lines.join("\n")).not.toContain(secret);
    expect(lines.join("\n")).not.toContain("hidden content");
    const rows = JSON.stringify(await accountDatabase(env).select().from(incomingWebhooks));
    expect(rows).not.toContain(secret);
  });

  test("is replaced and deleted within 2 s", async () => {
    const params = { channelId, webhookId: hook.webhook.id };
    expect(answerOf(await hook.post({ text: "a" }))).toBe("200 ok");
    const rotated = await expectOk(api.rotateIncomingWebhookSecret, { as: ann, params });
    // The new URL works at once, although the row of the former one is cached.
    expect(answerOf(await postToHook(rotated.url, { text: "at once" }))).toBe("200 ok");
    vi.useFakeTimers({ toFake: ["Date"] });
    advanceClock(2_000);
    expect(answerOf(await hook.post({ text: "b" }))).toBe("404 no_service");
    expect(answerOf(await postToHook(rotated.url, { text: "c" }))).toBe("200 ok");
    await expectOk(api.deleteIncomingWebhook, { as: ann, params });
    advanceClock(2_000);
    expect(answerOf(await postToHook(rotated.url, { text: "d" }))).toBe("404 no_service");
    const contents = (await messages()).filter(({ isBot }) => isBot).map(({ content }) => content);
    expect(contents).toEqual(["a", "at once", "c"]);
    const { items } = await expectOk(api.getMembers, { as: ann, params: { channelId } });
    expect(items.map(({ userId }) => userId)).not.toContain(hook.webhook.botUserId);
  });

  test("security headers, and GET is not permitted", async () => {
    const { headers } = await hook.post({ text: "a" });
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Cache-Control")).toBe("no-store");
    const answer = await callEndpoint({ ...api.getChannel, path: new URL(hook.url).pathname, params: undefined } as never, { as: ann }); // prettier-ignore
    expect(answer.status).toBe(405);
  });
});

describe("[IH9] limits", () => {
  test("one webhook posts its burst of messages at once, others are not affected", async () => {
    setWorkerConfig({ INCOMING_WEBHOOK_BURST: 3, INCOMING_WEBHOOK_REFILL_MS: 60_000 });
    const other = await createWebhookFor(ann, channelId);
    for (let n = 0; n < 3; n++) expect(answerOf(await hook.post({ text: `${n}` }))).toBe("200 ok");
    const limited = await hook.post({ text: "3" });
    expect(answerOf(limited)).toBe("429 rate_limited");
    expect(Number(limited.headers.get("Retry-After"))).toBeGreaterThan(50);
    expect(answerOf(await other.post({ text: "other" }))).toBe("200 ok");
  });

  test("one message for each Idempotency-Key", async () => {
    const key = { "Idempotency-Key": "build-7" };
    const answers = await Promise.all(Array.from({ length: 5 }, () => hook.post({ text: "once" }, key)));
    expect(answers.map(answerOf)).toEqual(Array.from({ length: 5 }, () => "200 ok"));
    expect((await messages()).filter(({ content }) => content === "once")).toHaveLength(1);
    expect(answerOf(await hook.post({ text: "other" }, key))).toBe("409 nonce_reused");
  });
});
