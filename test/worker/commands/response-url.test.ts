import { afterEach, expect, test, vi } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { buildRequest, expectProblem, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { json, startCommandServer } from "../../support/worker/fakes/command-server.ts";
import { createCommandScene, respond, tokenOf } from "../../support/worker/fixtures/slash-commands.ts";
import { hubRows, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

const minuteMs = 60_000;

/** Ann has run a command, which the bot acknowledged without an answer. */
async function runningCommand() {
  const { url, requests } = startCommandServer();
  const scene = await createCommandScene(url);
  const { id } = await scene.run();
  const { responseUrl } = requests[0]!.invocation;
  const params = { responseToken: tokenOf(responseUrl) };
  return {
    ...scene,
    id,
    responseUrl,
    answer: (fields: object) => respond(responseUrl, fields),
    rejected: async (fields: object = { content: "late" }) =>
      (await expectRejected(api.respondToSlashCommand, { params, body: fields })).code,
  };
}

test("[SC9] the URL answers five times, ephemeral or in the channel", async () => {
  const { ann, bot, channelId, answer, rejected, messages } = await runningCommand();
  const socket = await connectGateway(ann);
  expect(await answer({})).toEqual({ messageId: null, ephemeralId: null, usesLeft: 5 });
  const shown = await answer({ content: "for Ann" });
  expect(await socket.next("ephemeralCreate")).toMatchObject({
    data: { message: { id: shown.ephemeralId, channelId, authorId: bot.user.id, content: "for Ann" } },
  });
  for (let use = 2; use <= 5; use++) {
    const { messageId, usesLeft } = await answer({ content: `step ${use}`, visibility: "channel" });
    expect([messageId, usesLeft]).toEqual([expect.stringMatching(/^msg_/), 5 - use]);
  }
  expect(await rejected()).toBe("conflict");
  expect((await messages()).map(({ content }) => content)).toEqual(["step 2", "step 3", "step 4", "step 5"]);
});

test("[SC9] a repetition with the same nonce is shown once and counts once", async () => {
  const { answer, messages } = await runningCommand();
  const fields = { content: "step", visibility: "channel", nonce: "a" };
  const [first, ...others] = await Promise.all([answer(fields), answer(fields), answer(fields)]);
  for (const other of others) expect(other).toEqual(first);
  expect(await answer(fields)).toEqual(first);
  expect((await messages()).length).toBe(1);
  expect((await answer({ ...fields, nonce: "b" })).usesLeft).toBe(3);
});

test("[SC9] simultaneous answers never exceed five", async () => {
  const { responseUrl, messages } = await runningCommand();
  const params = { responseToken: tokenOf(responseUrl) };
  await Promise.allSettled(
    Array.from({ length: 12 }, (_, at) =>
      expectOk(api.respondToSlashCommand, { params, body: { content: `${at}`, visibility: "channel" } }),
    ),
  );
  expect((await messages()).length).toBe(5);
});

test("[SC9] the URL ends after 30 minutes, and the hub forgets the invocation", async () => {
  const { ann, answer, rejected } = await runningCommand();
  advanceClock(29 * minuteMs);
  await answer({ content: "just in time" });
  advanceClock(2 * minuteMs);
  expect(await rejected()).toBe("not_found");
  expect(await runHubAlarmAfter(ann.userId, 0)).toBe(true);
  expect(await hubRows(ann.userId, "command_runs")).toEqual([]);
  expect(await hubRows(ann.userId, "command_answers")).toEqual([]);
});

test("[SC9] an answer replaces or deletes the one before, where it was shown", async () => {
  const { ann, answer, rejected, messages } = await runningCommand();
  const socket = await connectGateway(ann);
  expect(await rejected({ deleteOriginal: true })).toBe("conflict");
  const first = await answer({ content: "10 %" });
  const second = await answer({ content: "50 %", replaceOriginal: true });
  expect(second.ephemeralId).toBe(first.ephemeralId);
  await answer({ deleteOriginal: true });
  expect(await socket.next("ephemeralDelete")).toMatchObject({ data: { id: first.ephemeralId } });
  const other = await runningCommand();
  const posted = await other.answer({ content: "10 %", visibility: "channel" });
  const edited = await other.answer({ content: "100 %", visibility: "channel", replaceOriginal: true });
  expect(edited.messageId).toBe(posted.messageId);
  expect(await other.messages()).toMatchObject([{ id: posted.messageId, content: "100 %", version: 2 }]);
  await other.answer({ deleteOriginal: true });
  expect(await other.messages()).toMatchObject([
    { id: posted.messageId, content: "", deletedAt: expect.any(String) },
  ]);
  expect(await messages()).toEqual([]);
});

test("[SC9] the bot's response is the original of the first answer at the URL", async () => {
  const { url, requests } = startCommandServer(() => json({ visibility: "channel", content: "working" }));
  const { run, messages } = await createCommandScene(url);
  const { message } = await run();
  const { responseUrl } = requests[0]!.invocation;
  const done = await respond(responseUrl, { visibility: "channel", content: "done", replaceOriginal: true });
  expect(done).toMatchObject({ messageId: message?.id, usesLeft: 4 });
  expect(await messages()).toMatchObject([{ content: "done" }]);
});

test("[SC9] the rights of the user at the time of the answer apply", async () => {
  const { ann, bob, channelId, answer, rejected, messages } = await runningCommand();
  await ann.call("PATCH", `/v1/channels/${channelId}/members/${bob.userId}`, { role: "owner" });
  await ann.call("POST", `/v1/channels/${channelId}/leave`);
  expect(await rejected({ content: "x", visibility: "channel" })).toBe("forbidden");
  await answer({ content: "for Ann alone" });
  expect(await messages(bob)).toEqual([]);
});

test("[SC9] the URL ends with the command, with the bot and with the user's account", async () => {
  const deleted = await runningCommand();
  await expectOk(api.deleteSlashCommand, { as: deleted.bot.as, params: { commandId: deleted.command.id } });
  expect(await deleted.rejected()).toBe("not_found");
  const deactivated = await runningCommand();
  await expectOk(api.deactivateBot, { as: deactivated.admin, params: { userId: deactivated.bot.user.id } });
  expect(await deactivated.rejected()).toBe("not_found");
  const suspended = await runningCommand();
  const change = { params: { userId: suspended.ann.userId }, body: { active: false } };
  await expectOk(api.updateUser, { as: suspended.admin, ...change });
  expect(await suspended.rejected()).toBe("not_found");
});

test("[SC9] forged, cut and swapped tokens call no object and no database", async () => {
  const [one, other] = [await runningCommand(), await runningCommand()];
  const [token, second] = [tokenOf(one.responseUrl), tokenOf(other.responseUrl)];
  const neverCalled = new Proxy({}, { get: () => () => expect.unreachable("called for a forged token") });
  const broken = { DB: neverCalled, HUBS: neverCalled, ROOMS: neverCalled };
  const forged = [
    ...Array.from(
      { length: token.length },
      (_, at) => `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`,
    ),
    token.slice(0, -1),
    `${token}A`,
    token.slice(0, 52),
    `${token.slice(0, 52)}.`,
    `${token.slice(0, 26)}${second.slice(26)}`,
    `${second.slice(0, 26)}${token.slice(26)}`,
    `${token.slice(0, 52)}${second.slice(52)}`,
    "x".repeat(190),
  ].filter((text) => text !== token && text !== second);
  for (const text of forged) {
    const request = buildRequest("POST", `/v1/command-responses/${text}`, { body: '{"content":"x"}' });
    await expectProblem(await sendWithBindings(broken, request), "not_found");
  }
  expect(await one.messages()).toEqual([]);
});

test("[SC9] malformed answers are rejected and use nothing up", async () => {
  const { answer, rejected } = await runningCommand();
  const malformed = [
    { content: "" },
    { content: "x".repeat(8_001) },
    { content: "x", visibility: "all" },
    { content: "x", deleteOriginal: true },
    { replaceOriginal: true },
    { content: "x", authorId: "usr_1" },
    { content: "x", sender: {} },
  ];
  for (const fields of malformed)
    expect(await rejected(fields), JSON.stringify(fields)).toBe("validation_failed");
  expect((await answer({ content: "valid" })).usesLeft).toBe(4);
});
