import { afterEach, expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { json, startCommandServer } from "../../support/worker/fakes/command-server.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createCommandBot,
  createCommandScene,
  newCommandName,
  registerCommand,
} from "../../support/worker/fixtures/slash-commands.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";

afterEach(restoreDatabases);

/** A scene whose bot answers in the channel, and requests that send messages in it. */
async function typedScene(answer: object = { visibility: "channel", content: "deployed" }) {
  const { url, requests } = startCommandServer(() => json(answer));
  const scene = await createCommandScene(url);
  const { ann, channelId } = scene;
  const params = { channelId };
  const typed = `/${scene.command.name} web 1.2`;
  return {
    ...scene,
    requests,
    typed,
    params,
    send: (content: string, fields: object = {}, as: { token: string } = ann) =>
      callEndpoint(api.createMessage, { as, params, body: { content, ...fields } }),
    contents: async () => (await scene.messages()).map(({ content }) => content),
  };
}

test("[SC14] a message that begins with a command's name runs it, in any case", async () => {
  const { ann, bot, command, channelId, requests, typed, send, messages } = await typedScene();
  const { status, body } = await send(typed);
  expect(status).toBe(202);
  expect(body).toEqual({
    id: expect.stringMatching(/^run_/),
    command: command.name,
    ephemeral: null,
    message: expect.objectContaining({ content: "deployed", authorId: bot.user.id }),
  });
  expect(await messages()).toEqual([body.message]);
  expect(requests[0]!.invocation).toMatchObject({
    text: "web 1.2",
    channelId,
    threadId: null,
    userId: ann.userId,
    responseUrl: expect.stringMatching(/^https?:\/\//),
  });
  for (const [content, text] of [
    [`/${command.name.toUpperCase()}\n a\nb `, "a\nb"],
    [`/${command.name}`, ""],
  ] as const) {
    expect((await send(content)).status).toBe(202);
    expect(requests.at(-1)!.invocation.text).toBe(text);
  }
});

test("[SC14] a reply runs the command in its thread", async () => {
  const { ann, params, requests, typed, send } = await typedScene();
  const { body: root } = await send("root");
  const reply = await expectOk(api.createThread, {
    as: ann,
    params: { ...params, messageId: root.id },
    body: { content: "reply" },
  });
  const { status, body } = await callEndpoint(api.createThread, {
    as: ann,
    params: { ...params, messageId: reply.id },
    body: { content: typed, alsoInChannel: true },
  });
  expect([status, body.message.threadId]).toEqual([202, root.id]);
  expect(requests[0]!.invocation.threadId).toBe(root.id);
});

test("[SC14] commands of the server run as well, once for each nonce", async () => {
  const { ann, send, contents } = await typedScene();
  for (let attempt = 0; attempt < 2; attempt++) {
    const { status, body } = await send("/me waves", { nonce: "n" });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      id: null,
      command: "me",
      message: { content: "waves", kind: "me", authorId: ann.userId },
    });
  }
  const help = await send("/help me");
  expect(help.body.ephemeral.content).toContain("`/me");
  expect(await contents()).toEqual(["waves"]);
});

test("[SC15] anything else is posted as text", async () => {
  const { command, requests, send, contents } = await typedScene();
  const { name } = command;
  const texts = [
    "/",
    "//",
    "/ help",
    "/etc/hosts",
    `/${newCommandName()} web`,
    `/${name}x`,
    `/${name}: web`,
    `/${name}/web`,
    ` /${name} web`,
    `\n/${name}`,
    `\\/${name} web`,
    `x /${name}`,
    "/helpful",
    `／${name}`,
    `/${"a".repeat(33)}`,
  ];
  for (const content of texts) {
    const { status, body } = await send(content, { nonce: newCommandName() });
    expect([status, body.content], content).toEqual([201, content]);
  }
  expect((await contents()).toSorted()).toEqual(texts.toSorted());
  expect(requests).toEqual([]);
});

test("[SC15] messages with other parts, of bots, and by header are text", async () => {
  const { ann, bot, params, requests, typed, send } = await typedScene();
  await expectOk(api.joinChannel, { as: bot.as, params });
  expect((await send(typed, { kind: "me" })).status).toBe(201);
  for (const content of [typed, "/me waves"])
    expect((await send(content, {}, bot.as)).body.content).toBe(content);
  const headers = { "X-Parley-Content": "text" };
  const forced = { as: ann, params, body: { content: typed }, headers };
  expect((await callEndpoint(api.createMessage, forced)).status).toBe(201);
  const pat = await createTokenFor(ann, { scopes: ["read", "write"] });
  expect(requests).toEqual([]);
  expect((await send(typed, {}, pat.as)).status).toBe(202);
});

test("[SC15] an edit never runs a command", async () => {
  const { ann, params, requests, typed, send } = await typedScene();
  const { body } = await send("text");
  const edit = { as: ann, params: { ...params, messageId: body.id }, body: { content: typed } };
  expect((await expectOk(api.updateMessage, edit)).content).toBe(typed);
  expect(requests).toEqual([]);
});

test("[SC14] the permissions and errors are those of the endpoint that runs commands", async () => {
  const { command, params, typed, send } = await typedScene({ nonsense: true });
  const stranger = await createUser("stranger");
  for (const content of [typed, "/me waves", "/shrug"])
    expect((await send(content, {}, stranger)).body.code, content).toBe("forbidden");
  const hidden = await createCommandScene(undefined, { isPrivate: true });
  for (const content of [`/${command.name}`, "/help"]) {
    const request = { as: stranger, params: { channelId: hidden.channelId }, body: { content } };
    expect((await expectRejected(api.createMessage, request)).code, content).toBe("not_found");
  }
  expect((await send(typed)).body.code).toBe("bot_unavailable");
  expect(params.channelId).not.toBe(hidden.channelId);
});

test("[SC16] what a nonce has run is not posted after the command was deleted", async () => {
  const { bot, command, requests, typed, send, messages } = await typedScene({});
  const first = await send(typed, { nonce: "n" });
  expect(first.status).toBe(202);
  expect((await send(typed, { nonce: "n" })).body.id).toBe(first.body.id);
  await expectOk(api.deleteSlashCommand, { as: bot.as, params: { commandId: command.id } });
  const { status, body } = await send(typed, { nonce: "n" });
  expect([status, body]).toEqual([202, { ...first.body, ephemeral: null, message: null }]);
  expect([requests.length, await messages()]).toEqual([1, []]);
  expect((await send(typed, { nonce: "m" })).status).toBe(201);
});

test("[SC16] what a nonce has posted is not run after a command was registered", async () => {
  const { admin, send, messages } = await typedScene();
  const name = newCommandName();
  const first = await send(`/${name} web`, { nonce: "n" });
  expect(first.status).toBe(201);
  const { url, requests } = startCommandServer();
  await registerCommand(await createCommandBot(admin), { name, url });
  const { status, body } = await send(`/${name} web`, { nonce: "n" });
  expect([status, body.id]).toEqual([200, first.body.id]);
  expect([requests.length, (await messages()).length]).toEqual([0, 1]);
  expect((await send(`/${name} web`, { nonce: "m" })).status).toBe(202);
});

test("[SC17] while D1 is down texts are posted, and known commands are not posted", async () => {
  const { requests, typed, send, contents } = await typedScene();
  // The isolate has the list, and the room has the user.
  expect((await send(typed)).status).toBe(202);
  expect((await send("before")).status).toBe(201);
  interceptDatabase(rejectAsUnreachable);
  const unknown = `/${newCommandName()} web`;
  expect((await send(unknown, { nonce: "n" })).status).toBe(201);
  expect((await send("plain", { nonce: "p" })).status).toBe(201);
  const { status, body } = await send(typed, { nonce: "m" });
  expect([status, body.code]).toEqual([503, "unavailable"]);
  restoreDatabases();
  expect((await send(typed, { nonce: "m" })).status).toBe(202);
  expect(requests.length).toBe(2);
  expect(await contents()).toEqual(["deployed", "before", unknown, "plain", "deployed"]);
});

test("[SC17] a message without a leading slash costs no query of commands", async () => {
  const { typed, send } = await typedScene({});
  const queries: string[] = [];
  interceptDatabase((call) => {
    if (sqlOf(call).includes("slash_commands")) queries.push(sqlOf(call));
    return call.run();
  });
  for (const content of ["text", " /help", "a/b", "/etc/hosts"]) await send(content);
  expect(queries).toEqual([]);
  await send(typed);
  expect(queries.length).toBeGreaterThan(0);
  queries.length = 0;
  for (let sent = 0; sent < 5; sent++) await send(`/${newCommandName()} text`);
  expect(queries.length).toBeLessThanOrEqual(1);
});
