import { exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { createSlashCommand, runSlashCommand } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectSlack } from "../../support/worker/clients/slack-socket.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";

let admin: TestUser;
let bot: Awaited<ReturnType<typeof createBotFor>>;
let channelId: string;

beforeAll(async () => {
  admin = await createUser("boss", { role: "admin" });
  bot = await createBotFor(admin);
  channelId = await createChannelFor(admin);
  await admin.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  await expectOk(createSlashCommand, {
    as: admin,
    body: { name: "deploy", description: "Deploy", botId: bot.user.id },
  });
});

const run = () =>
  expectOk(runSlashCommand, { as: admin, params: { channelId }, body: { command: "/deploy", text: "api" } });

const respond = async (url: string, body: unknown, type = "application/json") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await exports.default.fetch(url, {
    method: "POST",
    headers: { "Content-Type": type },
    body: text,
  });
  return [response.status, await response.text()];
};

const contents = async (): Promise<string[]> => {
  const { body } = await admin.call("GET", `/v1/channels/${channelId}/messages`);
  return body.items.map(({ content }: { content: string }) => content);
};

test("[SK15] a command is acknowledged over the socket, and answered at response_url", async () => {
  const socket = await connectSlack(bot.as, { acknowledges: false });
  const running = run();
  const { envelope_id: id, payload } = await socket.waitFor(({ type }) => type === "slash_commands");
  expect(payload).toMatchObject({
    ...{ command: "/deploy", text: "api", user_name: admin.username },
    ...{ user_id: `U${admin.userId.slice(4)}`, channel_id: `C${channelId.slice(4)}` },
  });
  socket.acknowledge(id!, { text: "*on it*" });
  expect((await running).ephemeral).toMatchObject({ content: "**on it**", authorId: bot.user.id });
  const { response_url: url } = payload;
  const text = `done by <@U${admin.userId.slice(4)}>`;
  expect(await respond(url, { response_type: "in_channel", text })).toEqual([200, "ok"]);
  expect(await contents()).toContain(`done by @${admin.username}`);
  const attachments = [{ title: "Log", text: "*b*" }];
  expect(await respond(url, { response_type: "in_channel", attachments })).toEqual([200, "ok"]);
  const { body } = await admin.call("GET", `/v1/channels/${channelId}/messages`);
  expect(body.items.at(-1)).toMatchObject({ content: "", attachments: [{ title: "Log", text: "**b**" }] });
  const form = new URLSearchParams({
    payload: JSON.stringify({ response_type: "in_channel", text: "form" }),
  });
  expect(await respond(url, form.toString(), "application/x-www-form-urlencoded")).toEqual([200, "ok"]);
  expect(await respond(url, { response_type: "in_channel", replace_original: true, text: "new" })).toEqual([
    200,
    "ok",
  ]);
  expect(await contents()).toEqual(expect.not.arrayContaining(["form"]));
  expect(await contents()).toContain("new");
  socket.close();
});

test("[SK15] a made-up response_url and odd bodies are rejected", async () => {
  const url = "https://parley.test/slack/response/";
  expect(await respond(`${url}made-up`, { text: "x" })).toEqual([404, "expired_url"]);
  for (const body of ["{", "[]", "null", "1"]) expect((await respond(`${url}x`, body))[0]).toBe(400);
  expect((await respond(`${url}x`, "payload={", "application/x-www-form-urlencoded"))[0]).toBe(400);
  expect((await respond(`${url}x`, "<a/>", "text/xml"))[0]).toBe(400);
});

test("[SK9] a slash command that is not acknowledged is sent once", async () => {
  const socket = await connectSlack(bot.as, { acknowledges: false });
  const { status } = await admin.call("POST", `/v1/channels/${channelId}/commands`, { command: "/deploy" });
  expect(status).toBe(502);
  expect(socket.received.filter(({ type }) => type === "slash_commands")).toHaveLength(1);
  socket.close();
});
