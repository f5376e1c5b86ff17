import { expect, test } from "vitest";
import { updateMessage } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectChannel } from "../../support/worker/clients/socket-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { expectReadsMatchDatabase } from "../../support/worker/assertions/reads-match-database.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";

const attachments = [
  {
    color: "#36a64f",
    title: "Deploy 42",
    titleUrl: "https://example.org/42",
    text: "All *green*",
    fields: [{ title: "Stage", value: "production", short: true }],
    at: "2026-11-22T09:30:00.000Z",
  },
];
const extras = { sender: { name: "CI", icon: ":rocket:" }, attachments, metadata: { run: 42, tags: ["a"] } };

async function withBot(): Promise<{ ann: TestUser; channelId: string; botId: string; token: string }> {
  const ann = await createUser("ann", { role: "admin" });
  const bot = await createBotFor(ann);
  const channelId = await createChannelFor(ann, [{ userId: bot.user.id } as TestUser]);
  return { ann, channelId, botId: bot.user.id, token: bot.accessToken };
}

test("[MF4] a bot's message has its fields in events, reads and D1", async () => {
  const { ann, channelId, botId, token } = await withBot();
  const path = `/v1/channels/${channelId}/messages`;
  const socket = await ann.connect(channelId);
  const body = { content: "done @" + ann.username, ...extras };
  const { status, body: message } = await callRest("POST", path, { token, body });
  expect(status).toBe(201);
  expect(message).toMatchObject({ authorId: botId, isBot: true, ...extras });
  expect(message.entities).toEqual([
    { type: "mention", offset: 5, length: 1 + ann.username.length, userId: ann.userId },
  ]);
  await socket.waitForSeq(message.seq);
  expect(socket.events.at(-1)).toMatchObject({ type: "messageCreate", data: { message } });

  const reply = await callRest("POST", `${path}/${message.id}/thread`, {
    token,
    body: { content: "", attachments, kind: "me" },
  });
  expect(reply.body).toMatchObject({ kind: "me", isBot: true, attachments });
  await expectDatabaseMatchesLog(channelId);
  await expectReadsMatchDatabase(ann, channelId);

  const found = await ann.call("GET", "/v1/search/messages?q=production");
  expect(found.body.items.map((hit: any) => hit.message.id)).toContain(message.id);
});

test("[MF4] a bot sets them through a socket too", async () => {
  const { channelId, token } = await withBot();
  const socket = await connectChannel(channelId, token);
  const answer: any = await socket.sendCommand("messageCreate", { content: "from a socket", ...extras });
  expect(answer.data.message).toMatchObject({ isBot: true, ...extras });
});

test("[MF4] people may not set them", async () => {
  const { ann, channelId } = await withBot();
  const path = `/v1/channels/${channelId}/messages`;
  for (const [name, value] of Object.entries(extras)) {
    const answer = await ann.call("POST", path, { content: "me too", [name]: value });
    expect(answer.status, name).toBe(403);
  }
  const own = await ann.call("POST", path, { content: "waves", kind: "me" });
  expect(own.body).toMatchObject({ kind: "me" });
  expect(own.body).not.toHaveProperty("isBot");
  const edited = await ann.call("PATCH", `${path}/${own.body.id}`, { content: "x", metadata: { a: 1 } });
  expect(edited.status).toBe(403);
});

test("[MF4] an edit keeps, replaces and removes them; a deletion removes them", async () => {
  const { ann, channelId, token } = await withBot();
  const path = `/v1/channels/${channelId}/messages`;
  const { body: message } = await callRest("POST", path, { token, body: { content: "one", ...extras } });
  const params = { channelId, messageId: message.id };
  const edit = (body: object): Promise<any> => expectOk(updateMessage, { as: { token }, params, body });
  expect(await edit({ content: "two" })).toMatchObject({ ...extras, version: 2 });
  expect(await edit({ content: "two", metadata: { run: 43 } })).toMatchObject({
    attachments,
    metadata: { run: 43 },
    version: 3,
  });
  expect(await edit({ content: "two", metadata: { run: 43 }, attachments })).toMatchObject({ version: 3 });
  const cleared = await edit({ content: "two", metadata: null, attachments: [] });
  expect(cleared).toMatchObject({ sender: extras.sender, version: 4 });
  expect(cleared).not.toHaveProperty("metadata");
  expect(cleared).not.toHaveProperty("attachments");
  await ann.call("DELETE", `${path}/${message.id}`);
  const { body: tombstone } = await ann.call("GET", `${path}/${message.id}`);
  expect(tombstone).toMatchObject({ content: "", isBot: true });
  expect(tombstone).not.toHaveProperty("sender");
  await expectDatabaseMatchesLog(channelId);
  await expectReadsMatchDatabase(ann, channelId);
});

test.for<[string, object]>([
  ["an empty attachment", { attachments: [{}] }],
  ["too many attachments", { attachments: Array.from({ length: 21 }, () => ({ text: "a" })) }],
  [
    "attachments of too many bytes",
    { attachments: Array.from({ length: 9 }, () => ({ text: "a".repeat(4_000) })) },
  ],
  ["a link that runs code", { attachments: [{ titleUrl: "javascript:alert(1)" }] }],
  ["metadata of too many bytes", { metadata: { a: "a".repeat(4_096) } }],
  ["metadata of too many levels", { metadata: JSON.parse(`{"a":${"[".repeat(2_000)}${"]".repeat(2_000)}}`) }],
  ["an icon that is no emoji", { sender: { icon: "rocket" } }],
  ["an empty sender", { sender: {} }],
  ["a message without text", { sender: { name: "CI" }, content: "" }],
])("[MF4] %s is invalid", async ([, body]) => {
  const { channelId, token } = await withBot();
  const answer = await callRest("POST", `/v1/channels/${channelId}/messages`, {
    token,
    body: { content: "x", ...body },
  });
  expect(answer.status, answer.text).toBe(400);
});
