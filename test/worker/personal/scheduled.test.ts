import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor, setMemberRole, setPostingRules } from "../../support/worker/fixtures/channels.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import {
  evictHub,
  hubLog,
  hubRows,
  hubStub,
  runHubAlarmAfter,
} from "../../support/worker/objects/hub-object.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
/** Short, because access tokens expire by the same clock. */
const soonMs = 60_000;
const dayMs = 24 * 3_600_000;

async function channelOfTwo() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  return { ann, bob, channelId: await createChannelFor(ann, [bob], { isPrivate: true }) };
}

const schedule = (as: TestUser, channelId: string, more: object = {}) =>
  expectOk(api.createScheduledMessage, {
    as,
    body: { channelId, content: "good morning", sendAt: inMs(soonMs), ...more },
  });

const contentsIn = async (as: TestUser, channelId: string): Promise<string[]> =>
  (await expectOk(api.getChannelMessages, { as, params: { channelId } })).items.map(({ content }) => content);

const get = (as: TestUser, id: string) =>
  expectOk(api.getScheduledMessage, { as, params: { scheduledMessageId: id } });

/** Lets the hub's alarm run until the message is in this state. */
async function runUntil(as: TestUser, id: string, state: string): Promise<api.ScheduledMessage> {
  await runHubAlarmAfter(as.userId, soonMs + 1);
  await eventually(async () => (await get(as, id)).state === state, `state ${state}`);
  return get(as, id);
}

describe("sending", () => {
  test("[SM1] the hub's alarm sends it at its time, as its author, once", async () => {
    const { ann, bob, channelId } = await channelOfTwo();
    const { id, state } = await schedule(bob, channelId);
    expect(state).toBe("pending");
    expect(await contentsIn(ann, channelId)).toEqual([]);
    const sent = await runUntil(bob, id, "sent");
    const { items } = await expectOk(api.getChannelMessages, { as: ann, params: { channelId } });
    expect(items).toMatchObject([{ id: sent.messageId, authorId: bob.userId, content: "good morning" }]);
    await runHubAlarmAfter(bob.userId, soonMs);
    expect(await contentsIn(ann, channelId)).toHaveLength(1);
    expect((await expectOk(api.getScheduledMessages, { as: bob })).items).toEqual([]);
  });

  test("[SM1] messages to one channel are sent in order of their times, replies too", async () => {
    const { ann, channelId } = await channelOfTwo();
    const root = (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "root" })).body;
    const names = ["c", "a", "b"];
    for (const [index, content] of names.entries())
      await schedule(ann, channelId, { content, sendAt: inMs(10_000 * ((index + 2) % 3) + 1_000) });
    const reply = await schedule(ann, channelId, {
      content: "reply",
      threadId: root.id,
      alsoInChannel: true,
      sendAt: inMs(40_000),
    });
    await runUntil(ann, reply.id, "sent");
    expect(await contentsIn(ann, channelId)).toEqual(["root", "a", "b", "c", "reply"]);
  });

  test("[SM1] a file is claimed when it is sent; one that is used elsewhere fails", async () => {
    const { ann, channelId } = await channelOfTwo();
    const upload = () =>
      ann.call("POST", "/v1/files?name=a.json", "{}", { "Content-Type": "application/json" });
    const [one, two] = [(await upload()).body, (await upload()).body];
    const first = await schedule(ann, channelId, { fileIds: [one.id], content: "" });
    const second = await schedule(ann, channelId, { fileIds: [two.id] });
    await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "now", fileIds: [two.id] });
    const sent = await runUntil(ann, first.id, "sent");
    const params = { channelId, messageId: sent.messageId! };
    expect((await expectOk(api.getMessage, { as: ann, params })).files).toMatchObject([{ id: one.id }]);
    expect((await runUntil(ann, second.id, "failed")).error).toMatchObject({ code: expect.any(String) });
    const body = { channelId, content: "x", sendAt: inMs(soonMs), fileIds: [two.id] };
    expect(await expectRejected(api.createScheduledMessage, { as: ann, body })).toMatchObject({
      code: "not_found",
    });
  });

  test("[SM2] sends now on request, and repeats nothing", async () => {
    const { ann, channelId } = await channelOfTwo();
    const { id } = await schedule(ann, channelId);
    const params = { scheduledMessageId: id };
    const sent = await expectOk(api.sendScheduledMessage, { as: ann, params });
    expect(sent).toMatchObject({ state: "sent", content: "" });
    expect(await expectOk(api.sendScheduledMessage, { as: ann, params })).toEqual(sent);
    expect(await contentsIn(ann, channelId)).toEqual(["good morning"]);
  });
});

test("[SM8] a bot schedules attachments and metadata, a person can't", async () => {
  const { ann, channelId } = await channelOfTwo();
  const bot = await createBotFor(await createUser("admin", { role: "admin" }));
  await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: bot.user.id });
  const extras = { attachments: [{ title: "Build 7" }], metadata: { build: 7 }, sender: { name: "CI" } };
  const body = { channelId, content: "", sendAt: inMs(soonMs), ...extras };
  expect(await expectRejected(api.createScheduledMessage, { as: ann, body })).toMatchObject({
    code: "forbidden",
  });
  const scheduled = await expectOk(api.createScheduledMessage, { as: bot.as, body });
  expect(scheduled).toMatchObject(extras);
  const params = { scheduledMessageId: scheduled.id };
  expect(await expectOk(api.sendScheduledMessage, { as: bot.as, params })).toMatchObject({ state: "sent" });
  const { items } = await expectOk(api.getChannelMessages, { as: ann, params: { channelId } });
  expect(items).toMatchObject([{ isBot: true, ...extras }]);
});

describe("crashes", () => {
  for (const point of ["hub:before-send", "hub:after-send"] as const)
    test(`[SM3] a crash at ${point} neither loses nor repeats a message`, async () => {
      const { ann, channelId } = await channelOfTwo();
      const { id } = await schedule(ann, channelId);
      crashOnceAt(point);
      await runHubAlarmAfter(ann.userId, soonMs + 1).catch(() => undefined);
      await evictHub(ann.userId);
      await evictRoom(channelId);
      await runUntil(ann, id, "sent");
      expect(await contentsIn(ann, channelId)).toEqual(["good morning"]);
    });

  test("[SM3] while its channel does not answer it is retried, and can't be changed", async () => {
    const { ann, channelId } = await channelOfTwo();
    const { id } = await schedule(ann, channelId);
    crashOnceAt("hub:after-send");
    await runHubAlarmAfter(ann.userId, soonMs + 1).catch(() => undefined);
    await eventually(async () => (await get(ann, id)).state === "sending");
    const params = { scheduledMessageId: id };
    expect(
      await expectRejected(api.updateScheduledMessage, { as: ann, params, body: { content: "x" } }),
    ).toMatchObject({ code: "conflict" });
    expect(await expectRejected(api.cancelScheduledMessage, { as: ann, params })).toMatchObject({
      code: "conflict",
    });
    await evictHub(ann.userId);
    await runUntil(ann, id, "sent");
    expect(await contentsIn(ann, channelId)).toEqual(["good morning"]);
  });
});

describe("failures", () => {
  const reasons: [
    string,
    string,
    (of: { ann: TestUser; bob: TestUser; channelId: string }) => Promise<unknown>,
  ][] = [
    ["the author left", "not_found", ({ bob, channelId }) => setMemberRole(channelId, bob, null)],
    [
      "the author is muted",
      "forbidden",
      ({ bob, channelId }) => setPostingRules(channelId, { postingPolicy: "everyone", muted: bob.userId }),
    ],
    [
      "only moderators may post",
      "forbidden",
      ({ channelId }) => setPostingRules(channelId, { postingPolicy: "moderators" }),
    ],
    [
      "the channel is archived",
      "conflict",
      ({ ann, channelId }) => ann.call("DELETE", `/v1/channels/${channelId}`),
    ],
    [
      "the account is suspended",
      "forbidden",
      ({ bob }) =>
        hubStub(bob.userId).applyAccount({
          ...{ userId: bob.userId, username: bob.username, role: "member", active: false },
          ...{ rev: 2, credentialVersion: 1 },
        }),
    ],
  ];
  test.each(reasons)("[SM4] a message is kept as failed with the reason: %s", async (_, code, change) => {
    const { ann, bob, channelId } = await channelOfTwo();
    const { id } = await schedule(bob, channelId);
    await change({ ann, bob, channelId });
    await runHubAlarmAfter(bob.userId, soonMs + 1);
    await eventually(
      async () => (await hubRows(bob.userId, "scheduled_messages"))[0]?.["state"] === "failed",
    );
    expect(await hubRows(bob.userId, "scheduled_messages")).toMatchObject([{ id, content: "good morning" }]);
    const events = (await hubLog(bob.userId)).filter(({ type }) => type === "scheduledMessageUpdate");
    expect(events.at(-1)!.data).toMatchObject({ scheduledMessageId: id, state: "failed", error: { code } });
  });

  test("[SM4] a new time revives a message that failed", async () => {
    const { ann, channelId } = await channelOfTwo();
    const { id } = await schedule(ann, channelId);
    await ann.call("DELETE", `/v1/channels/${channelId}`);
    await runUntil(ann, id, "failed");
    await ann.call("POST", `/v1/channels/${channelId}/unarchive`);
    const body = { sendAt: inMs(soonMs) };
    const params = { scheduledMessageId: id };
    expect(await expectOk(api.updateScheduledMessage, { as: ann, params, body })).toMatchObject({
      state: "pending",
      error: null,
    });
    await runUntil(ann, id, "sent");
    expect(await contentsIn(ann, channelId)).toEqual(["good morning"]);
  });
});

describe("changes", () => {
  test("[SM5] lists by time, changes, cancels; events hold no text", async () => {
    const { ann, bob, channelId } = await channelOfTwo();
    const socket = await connectGateway(ann);
    const late = await schedule(ann, channelId, { sendAt: inMs(2 * soonMs) });
    const early = await schedule(ann, channelId);
    const list = async (query = {}) =>
      (await expectOk(api.getScheduledMessages, { as: ann, query })).items.map(({ id }) => id);
    expect(await list()).toEqual([early.id, late.id]);
    expect(await list({ limit: 1 })).toEqual([early.id]);
    const params = { scheduledMessageId: early.id };
    const body = { content: "changed", expectedRev: 1 };
    expect(await expectOk(api.updateScheduledMessage, { as: ann, params, body })).toMatchObject({
      content: "changed",
      rev: 2,
    });
    expect(await expectRejected(api.updateScheduledMessage, { as: ann, params, body })).toMatchObject({
      code: "conflict",
    });
    await expectOk(api.cancelScheduledMessage, { as: ann, params: { scheduledMessageId: late.id } });
    expect(await list({ channelId })).toEqual([early.id]);
    expect((await callEndpoint(api.getScheduledMessage, { as: bob, params })).status).toBe(404);
    expect(await socket.next("scheduledMessageDelete")).toMatchObject({
      data: { scheduledMessageId: late.id },
    });
    expect(JSON.stringify(socket.seen)).not.toMatch(/good morning|changed/);
  });

  test("[SM6] the same nonce creates one, with another body it is rejected", async () => {
    const { ann, channelId } = await channelOfTwo();
    const body = { channelId, content: "once", sendAt: inMs(soonMs), nonce: "n1" };
    const first = await callEndpoint(api.createScheduledMessage, { as: ann, body });
    const second = await callEndpoint(api.createScheduledMessage, { as: ann, body });
    expect([first.status, second.status, second.body.id]).toEqual([201, 200, first.body.id]);
    const other = { ...body, content: "twice" };
    expect(await expectRejected(api.createScheduledMessage, { as: ann, body: other })).toMatchObject({
      code: "nonce_reused",
    });
  });

  test("[SM7] at most 100 wait, and none for the past or more than 120 days ahead", async () => {
    const { ann, bob, channelId } = await channelOfTwo();
    const reject = (as: TestUser, body: object) =>
      expectRejected(api.createScheduledMessage, { as, body: { channelId, content: "x", ...body } });
    for (const sendAt of [inMs(-1), inMs(120 * dayMs + 60_000)])
      expect(await reject(ann, { sendAt })).toMatchObject({
        code: "validation_failed",
        issues: [{ path: "sendAt" }],
      });
    const hub = hubStub(ann.userId);
    const input = {
      ...{
        channelId,
        threadId: null,
        alsoInChannel: false,
        content: "x",
        fileIds: [],
        extras: {},
        isBot: false,
      },
      ...{ sendAt: Date.now() + soonMs, scopes: null },
    };
    for (let made = 0; made < 100; made++) await hub.createScheduledMessage(input);
    expect(await reject(ann, { sendAt: inMs(soonMs) })).toMatchObject({ code: "conflict" });
    await schedule(bob, channelId);
  });

  test("[SM8] who may not post now is rejected, and a token needs the scope write", async () => {
    const { ann, bob, channelId } = await channelOfTwo();
    const [eve] = (await createUsers("eve")) as [TestUser];
    const body = { channelId, content: "x", sendAt: inMs(soonMs) };
    expect(await expectRejected(api.createScheduledMessage, { as: eve, body })).toMatchObject({
      code: "not_found",
    });
    const { as } = await createTokenFor(ann, { scopes: ["read"] });
    expect(await expectRejected(api.createScheduledMessage, { as, body })).toMatchObject({
      code: "forbidden",
    });
    await setPostingRules(channelId, { postingPolicy: "moderators" });
    expect(await expectRejected(api.createScheduledMessage, { as: bob, body })).toMatchObject({
      code: "forbidden",
    });
  });
});
