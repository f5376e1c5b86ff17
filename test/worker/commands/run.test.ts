import { expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { json, startCommandServer } from "../../support/worker/fakes/command-server.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { setPostingRules } from "../../support/worker/fixtures/channels.ts";
import { createCommandScene, newCommandName, tokenOf } from "../../support/worker/fixtures/slash-commands.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { hubLog, hubRows, setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

test("[SC5] the bot gets what it needs and no more, signed by Standard Webhooks", async () => {
  const { url, requests } = startCommandServer();
  const { ann, bot, channelId, command, secret, run } = await createCommandScene(url);
  const started = Date.now();
  const result = await run();
  expect(result).toEqual({
    id: expect.stringMatching(/^run_/),
    command: command.name,
    ephemeral: null,
    message: null,
  });
  const [request] = requests;
  const { headers, body, invocation } = request!;
  const verified = new Webhook(secret!).verify(body, Object.fromEntries(headers)) as {
    type: string;
  };
  expect(verified.type).toBe("commandInvoke");
  expect(headers.get("webhook-id")).toBe(result.id);
  expect(Object.keys(JSON.parse(body)).toSorted()).toEqual(["at", "data", "type"]);
  expect(invocation).toEqual({
    id: result.id,
    command: command.name,
    text: "web 1.2",
    channelId,
    threadId: null,
    userId: ann.userId,
    triggeredAt: expect.any(String),
    responseUrl: expect.stringMatching(/^https?:\/\/[^/]+\/v1\/command-responses\/[0-9A-Z]{52}\.[\w-]{43}$/),
  });
  expect(Date.parse(invocation.triggeredAt)).toBeGreaterThanOrEqual(started);
  expect(() =>
    new Webhook(secret!).verify(body.replace("web", "wet"), Object.fromEntries(headers)),
  ).toThrow();
  const params = { commandId: command.id };
  const rotated = await expectOk(api.rotateSlashCommandSecret, { as: bot.as, params });
  await run({ text: "again" });
  const latest = requests.at(-1)!;
  for (const key of [secret!, rotated.secret!])
    new Webhook(key).verify(latest.body, Object.fromEntries(latest.headers));
});

test("[SC5] only people who may post in the channel run commands there", async () => {
  const { url, requests } = startCommandServer();
  const { ann, bob, bot, channelId, request, admin } = await createCommandScene(url);
  const eve = await createUser("eve");
  const reading = await createTokenFor(ann, { scopes: ["read"] });
  const elsewhere = await createTokenFor(ann, { channelIds: ["chn_01ARZ3NDEKTSV4RRFFQ69G5FAV"] });
  const rejected = async (as: { token: string }, fields: object = {}) =>
    (await expectRejected(api.runSlashCommand, request(fields, as))).code;
  expect(await rejected(eve)).toBe("forbidden");
  expect(await rejected(reading.as)).toBe("forbidden");
  expect(await rejected(elsewhere.as)).toBe("not_found");
  expect(await rejected(ann, { threadId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" })).toBe("not_found");
  expect(await rejected(ann, { command: newCommandName() })).toBe("not_found");
  await setPostingRules(channelId, { postingPolicy: "everyone", muted: bob.userId });
  expect(await rejected(bob)).toBe("forbidden");
  await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  expect(await rejected(bot.as)).toBe("forbidden");
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  expect(await rejected(ann)).toBe("conflict");
  const hidden = await createCommandScene(url, { isPrivate: true });
  expect((await expectRejected(api.runSlashCommand, hidden.request({}, eve))).code).toBe("not_found");
  expect((await expectRejected(api.runSlashCommand, hidden.request({}, admin))).code).toBe("not_found");
  expect(requests).toEqual([]);
});

test("[SC6] an ephemeral answer is in the response and on the user's devices alone", async () => {
  const content = "deploying for your eyes 7Zw";
  const { url } = startCommandServer(() => json({ content }));
  const { ann, bob, bot, channelId, run, messages } = await createCommandScene(url);
  const [mine, other] = await Promise.all([connectGateway(ann), connectGateway(bob)]);
  await Promise.all([mine, other].map((socket) => socket.expectSubscribed(channelId)));
  const { ephemeral } = await run();
  expect(ephemeral).toMatchObject({ channelId, userId: ann.userId, authorId: bot.user.id, content });
  expect(await mine.next("ephemeralCreate")).toMatchObject({ data: { message: ephemeral } });
  await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "after" });
  await other.next("messageCreate");
  expect(JSON.stringify(other.seen)).not.toContain(content);
  expect((await messages()).map((message) => message.content)).toEqual(["after"]);
  const stored = JSON.stringify([
    await hubLog(ann.userId),
    await hubRows(ann.userId, "command_runs"),
    await hubRows(ann.userId, "command_answers"),
  ]);
  expect(stored).not.toContain(content);
  expect(stored).not.toContain("web 1.2");
});

test("[SC6] an answer in the channel is the bot's message, who need not be a member", async () => {
  const answer = {
    visibility: "channel",
    content: "**Deployed** web 1.2",
    sender: { name: "Deployer" },
    attachments: [{ title: "Log" }],
    metadata: { build: 7 },
  };
  const { url } = startCommandServer(() => json(answer));
  const { bob, bot, run, messages } = await createCommandScene(url, { isPrivate: true });
  const { message } = await run({}, bob);
  const { visibility: _, ...written } = answer;
  expect(message).toMatchObject({ authorId: bot.user.id, isBot: true, ...written });
  expect(await messages()).toEqual([message]);
});

test("[SC6] in a thread, the answer joins the thread", async () => {
  const { url, requests } = startCommandServer(() => json({ visibility: "channel", content: "done" }));
  const { ann, channelId, run } = await createCommandScene(url);
  const root = await expectOk(api.createMessage, {
    as: ann,
    params: { channelId },
    body: { content: "root" },
  });
  const { message } = await run({ threadId: root.id });
  expect(message).toMatchObject({ threadId: root.id, content: "done" });
  expect(requests[0]?.invocation.threadId).toBe(root.id);
});

test("[SC6] a bot that is muted in the channel can't answer there", async () => {
  const { url } = startCommandServer(() => json({ visibility: "channel", content: "hi" }));
  const { ann, bot, channelId, request, messages } = await createCommandScene(url);
  await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  await setPostingRules(channelId, { postingPolicy: "everyone", muted: bot.user.id });
  expect(await expectRejected(api.runSlashCommand, request())).toMatchObject({ code: "forbidden" });
  expect(await messages()).toEqual([]);
});

const failing: [string, () => Response | Promise<Response>, RegExp][] = [
  ["500", () => new Response("no", { status: 500 }), /status 500/],
  [
    "a redirection",
    () => new Response(null, { status: 302, headers: { Location: "http://127.0.0.1:9/x" } }),
    /status 302/,
  ],
  ["no JSON", () => new Response("ok"), /not an answer/],
  ["an unknown field", () => json({ text: "hi" }), /not an answer/],
  ["no object", () => json(["hi"]), /not an answer/],
  ["a text that is too long", () => json({ content: "x".repeat(8_001) }), /not an answer/],
  ["a huge body", () => new Response("x".repeat(70_000)), /more than 64 KiB/],
  ["bytes that are no UTF-8", () => new Response(new Uint8Array([0xff, 0xfe])), /not an answer/],
  ["no connection", () => Promise.reject(new Error("secret-host refused")), /could not be reached/],
];

test.each(failing)("[SC7] a server that responds with %s is reported as such", async (_, respond, detail) => {
  const { url } = startCommandServer(respond);
  const { request, messages } = await createCommandScene(url);
  const problem = await expectRejected(api.runSlashCommand, request());
  expect(problem).toMatchObject({
    code: "bot_unavailable",
    status: 502,
    detail: expect.stringMatching(detail),
  });
  expect(problem.detail).not.toContain("127.0.0.1");
  expect(await messages()).toEqual([]);
});

test("[SC7] a server that does not respond within 3 s delays its own user alone", async () => {
  const { url } = startCommandServer(() => new Promise(() => {}));
  const { bob, channelId, request } = await createCommandScene(url);
  const startedAt = performance.now();
  let isAnswered = false;
  const waiting = expectRejected(api.runSlashCommand, request()).finally(() => (isAnswered = true));
  await expectOk(api.createMessage, { as: bob, params: { channelId }, body: { content: "meanwhile" } });
  expect(isAnswered).toBe(false);
  expect(await waiting).toMatchObject({
    code: "bot_unavailable",
    detail: expect.stringMatching(/within 3 s/),
  });
  expect(performance.now() - startedAt).toBeLessThan(6_000 + loadAllowanceMs);
});

test("[SC7] neither log lines nor D1 contain texts, response URLs or secrets", async () => {
  const { url, requests } = startCommandServer(() => json({ content: "answer-canary" }));
  const { text } = await captureLogs(async () => {
    const { secret, run } = await createCommandScene(url);
    await run({ text: "text-canary" });
    expect(secret).not.toBeNull();
    const { responseUrl } = requests[0]!.invocation;
    await expectRejected(api.respondToSlashCommand, {
      params: { responseToken: `${tokenOf(responseUrl)}x` },
      body: { content: "answer-canary" },
    });
    requests.push({ ...requests[0]!, body: secret! });
  });
  const { responseUrl } = requests[0]!.invocation;
  for (const secret of ["text-canary", "answer-canary", tokenOf(responseUrl), requests[1]!.body.slice(6, 40)])
    expect(text).not.toContain(secret);
});

test("[SC8] a request that is repeated with its nonce runs the command once", async () => {
  const { url, requests } = startCommandServer(() => json({ visibility: "channel", content: "once" }));
  const { ann, run, request, messages } = await createCommandScene(url);
  const first = await run({ nonce: "n1" });
  const again = await run({ nonce: "n1" });
  expect(again).toMatchObject({ id: first.id });
  expect(requests.length).toBe(1);
  expect((await messages()).length).toBe(1);
  expect(await expectRejected(api.runSlashCommand, request({ nonce: "n1", text: "other" }))).toMatchObject({
    code: "nonce_reused",
  });
  await run({ nonce: "n2" });
  expect(requests.length).toBe(2);
  expect((await hubRows(ann.userId, "command_runs")).length).toBe(2);
});

test("[SC8] after a failure, the repetition delivers the same invocation again", async () => {
  let isDown = true;
  const { url, requests } = startCommandServer(() =>
    isDown ? new Response(null, { status: 503 }) : json({ visibility: "channel", content: "late" }),
  );
  const { run, request, messages } = await createCommandScene(url);
  await expectRejected(api.runSlashCommand, request({ nonce: "n1" }));
  isDown = false;
  const { message } = await run({ nonce: "n1" });
  expect(message).toMatchObject({ content: "late" });
  const [first, second] = requests;
  expect(second!.invocation).toEqual(first!.invocation);
  expect(second!.headers.get("webhook-id")).toBe(first!.headers.get("webhook-id"));
  expect((await messages()).length).toBe(1);
});

test("[SC8] a user runs a limited number of commands an hour", async () => {
  const { url, requests } = startCommandServer();
  const { ann, bob, run, request } = await createCommandScene(url);
  await setHubConfig(ann.userId, { USER_COMMANDS_PER_HOUR: 4 });
  await run();
  await run();
  const problem = await expectRejected(api.runSlashCommand, request());
  expect(problem).toMatchObject({ code: "rate_limited" });
  expect(problem.retryAfterMs).toBeGreaterThan(0);
  expect(requests.length).toBe(2);
  await run({}, bob);
});

test("[SC5] bots run no commands, not even those of the server", async () => {
  const { url, requests } = startCommandServer();
  const { ann, admin, channelId, request } = await createCommandScene(url);
  const other = await createBotFor(admin);
  await (ann as TestUser).call("POST", `/v1/channels/${channelId}/members`, { userId: other.user.id });
  expect(await expectRejected(api.runSlashCommand, request({ command: "shrug" }, other.as))).toMatchObject({
    code: "forbidden",
  });
  expect(requests).toEqual([]);
});
