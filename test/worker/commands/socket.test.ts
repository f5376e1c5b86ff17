import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import {
  createCommandScene,
  respond,
  registerCommand,
} from "../../support/worker/fixtures/slash-commands.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";
import { hubLog } from "../../support/worker/objects/hub-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

test("[SC10] an invocation reaches one socket of the bot, and its answer the user", async () => {
  const { ann, bot, channelId, command, run } = await createCommandScene();
  const older = await connectGateway(bot.as);
  const newer = await connectGateway(bot.as);
  const running = run();
  const { data } = await newer.next("commandInvoke");
  expect(data).toMatchObject({ command: command.name, text: "web 1.2", channelId, userId: ann.userId });
  const answered = await respond(data.responseUrl, { content: "done" });
  expect(await running).toMatchObject({
    id: data.id,
    ephemeral: { id: answered.ephemeralId, content: "done" },
    message: null,
  });
  expect(older.seen.some(({ type }) => type === "commandInvoke")).toBe(false);
  expect(JSON.stringify(await hubLog(bot.user.id))).not.toContain("web 1.2");
});

test("[SC10] an acknowledgement without an answer ends the wait; an answer may follow", async () => {
  const { bot, run, messages } = await createCommandScene();
  const socket = await connectGateway(bot.as);
  const running = run();
  const { data } = await socket.next("commandInvoke");
  await respond(data.responseUrl, {});
  expect(await running).toMatchObject({ id: data.id, ephemeral: null, message: null });
  const { messageId } = await respond(data.responseUrl, { visibility: "channel", content: "later" });
  expect(await messages()).toMatchObject([{ id: messageId, content: "later" }]);
});

test("[SC10] without a socket the user learns at once that the bot is not connected", async () => {
  const { bot, request } = await createCommandScene();
  const startedAt = performance.now();
  const rejected = async () => (await expectRejected(api.runSlashCommand, request())).detail;
  expect(await rejected()).toMatch(/not connected/);
  const socket = await connectGateway(bot.as);
  socket.close();
  await socket.closed;
  expect(await rejected()).toMatch(/not connected/);
  expect(performance.now() - startedAt).toBeLessThan(2_500 + loadAllowanceMs);
});

test("[SC10] a bot that does not acknowledge within 3 s is reported", async () => {
  const { bot, request } = await createCommandScene();
  const socket = await connectGateway(bot.as);
  const problem = await expectRejected(api.runSlashCommand, request());
  expect(problem).toMatchObject({ code: "bot_unavailable", detail: expect.stringMatching(/within 3 s/) });
  const { data } = await socket.next("commandInvoke");
  expect((await respond(data.responseUrl, { content: "late" })).usesLeft).toBe(4);
});

test("[SC10] a token that is restricted to other channels receives no invocation", async () => {
  const { admin, request } = await createCommandScene();
  const restricted = await createBotFor(admin, { channelIds: ["chn_01ARZ3NDEKTSV4RRFFQ69G5FAV"] });
  const { accessToken } = await createBotTokenOf(admin, restricted.user.id);
  const { command } = await registerCommand({ ...restricted, as: { token: accessToken } });
  const socket = await connectGateway(restricted.as);
  const problem = await expectRejected(api.runSlashCommand, request({ command: command.name }));
  expect(problem.detail).toMatch(/not connected/);
  expect(socket.seen.some(({ type }) => type === "commandInvoke")).toBe(false);
});

async function createBotTokenOf(admin: { token: string }, userId: string) {
  const body = { name: "second", scopes: ["read", "write", "admin"] };
  return expectOk(api.createBotToken, { as: admin, params: { userId }, body });
}
