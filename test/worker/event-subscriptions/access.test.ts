import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import {
  createEventSubscription,
  deleteEventSubscription,
  getAuditEntries,
  getEventSubscription,
  getEventDeliveries,
  getEventSubscriptions,
  redeliverEvent,
  rotateSubscriptionSecret,
  updateUser,
  updateEventSubscription,
} from "../../../src/protocol/index.ts";
import { configOf } from "../../../src/config.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { mailboxUrl, openMailbox } from "../../support/worker/fakes/mailbox.ts";
import {
  createEventSubscriptionFor,
  hasChannel,
  openReceiver,
  runSenderAlarmAfter,
  senderRows,
  setSenderConfig,
  waitUntilIdle,
} from "../../support/worker/fakes/webhook-receiver.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { hubLog } from "../../support/worker/objects/hub-object.ts";
import { roomRows } from "../../support/worker/objects/room-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { privateUrls } from "../../support/private-addresses.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const admin = () => createUser("admin", { role: "admin" });
const url = "https://hooks.parley.dev/none";
const body = { name: "hook", url, events: ["messageCreate"] };

test("[WH9] admins and bots create subscriptions, members if permitted, guests never", async () => {
  const ann = await admin();
  const [member, guest] = [await createUser("member"), await createUser("guest", { role: "guest" })];
  const bot = await createBotFor(ann);
  for (const as of [ann, bot.as]) await expectOk(createEventSubscription, { as, body });
  for (const as of [member, guest, (await createTokenFor(ann)).as])
    expect((await expectRejected(createEventSubscription, { as, body })).code).toBe("forbidden");
  const writeOnly = await createBotFor(ann, { scopes: ["write"] });
  expect((await expectRejected(createEventSubscription, { as: writeOnly.as, body })).detail).toContain(
    "read",
  );
  const channelId = await createChannelFor(ann);
  const restricted = await createBotFor(ann, { channelIds: [channelId] });
  expect((await expectRejected(createEventSubscription, { as: restricted.as, body })).code).toBe("forbidden");
  setWorkerConfig({ EVENT_SUBSCRIPTIONS_BY: "members" });
  await expectOk(createEventSubscription, { as: member, body });
  expect((await expectRejected(createEventSubscription, { as: guest, body })).code).toBe("forbidden");
});

test("[WH9] a channel that the owner may not read is not_found, and nothing is created", async () => {
  const [ann, bob] = [await admin(), await createUser("bob")];
  const hidden = await createChannelFor(bob, [], { isPrivate: true });
  for (const channelId of [hidden, `chn_${"0".repeat(26)}`]) {
    const request = { as: ann, body: { ...body, channelIds: [channelId] } };
    expect((await expectRejected(createEventSubscription, request)).code).toBe("not_found");
  }
  expect(
    (await expectOk(getEventSubscriptions, { as: ann })).items.filter((w) => w.ownerId === ann.userId),
  ).toEqual([]);
});

test("[WH9] a user and the workspace have a limit of subscriptions", async () => {
  const ann = await admin();
  const limit = configOf(env).USER_EVENT_SUBSCRIPTIONS;
  await env.DB.prepare(
    `INSERT INTO event_subscriptions (id, owner_id, name, url, events, format, state, created_at, updated_at)
     SELECT 'sub_' || value, ?, 'x', ?, '[]', 'parley', 'paused', 1, 1 FROM json_each(?)`,
  )
    .bind(ann.userId, url, JSON.stringify(Array.from({ length: limit - 5 }, (_, at) => at)))
    .run();
  const codes = await Promise.all(
    Array.from({ length: 8 }, async () => (await ann.call("POST", "/v1/event-subscriptions", body)).status),
  );
  await env.DB.prepare("DELETE FROM event_subscriptions WHERE name = 'x'").run();
  expect(codes.filter((status) => status === 201)).toHaveLength(5);
  expect(codes.filter((status) => status === 409)).toHaveLength(3);
});

test("[WH9] others see nothing; admins see no secrets and can end a subscription", async () => {
  const [ann, other, bob] = [await admin(), await admin(), await createUser("bob")];
  const channelId = await createChannelFor(ann, [], { isPrivate: true });
  const { id, secret } = await createEventSubscriptionFor(ann, `${url}/token-in-path`, {
    channelIds: [channelId],
  });
  const params = { subscriptionId: id };
  for (const endpoint of [
    getEventSubscription,
    deleteEventSubscription,
    getEventDeliveries,
    rotateSubscriptionSecret,
  ])
    expect((await expectRejected(endpoint, { as: bob, params })).code).toBe("not_found");
  expect((await expectOk(getEventSubscriptions, { as: bob })).items).toEqual([]);
  const shown = await expectOk(getEventSubscription, { as: other, params });
  expect(shown).toMatchObject({ url: "https://hooks.parley.dev", channelIds: [] });
  for (const change of [{ url }, { active: true }, { channelIds: null }, { active: false, name: "x" }])
    expect((await expectRejected(updateEventSubscription, { as: other, params, body: change })).code).toBe(
      "forbidden",
    );
  for (const endpoint of [rotateSubscriptionSecret, getEventDeliveries])
    expect((await expectRejected(endpoint, { as: other, params })).code).toBe("forbidden");
  const delivery = { ...params, deliveryId: `dlv_${"0".repeat(26)}` };
  expect((await expectRejected(redeliverEvent, { as: other, params: delivery })).code).toBe("forbidden");
  const paused = await expectOk(updateEventSubscription, { as: other, params, body: { active: false } });
  expect(paused).toMatchObject({ state: "paused", stateReason: "user" });
  const own = await ann.call("GET", `/v1/event-subscriptions/${id}`);
  expect(own.text).not.toContain(secret);
  await expectOk(deleteEventSubscription, { as: other, params });
  expect((await expectRejected(getEventSubscription, { as: ann, params })).code).toBe("not_found");
  await eventually(async () => {
    const { items } = await expectOk(getAuditEntries, { as: ann, query: { limit: 100 } });
    const actions = new Set<string>(
      items.filter(({ objectId }) => objectId === id).map(({ action }) => action),
    );
    return ["event_subscription.create", "event_subscription.update", "event_subscription.delete"].every(
      (action) => actions.has(action),
    );
  }, "the audit entries");
});

test("[WH10] private addresses are rejected when a subscription is created and changed", async () => {
  const ann = await admin();
  const { id } = await createEventSubscriptionFor(ann, url);
  // All of them are tried in test/pure/outbound and test/e2e/event-subscriptions.test.ts.
  const spellings = privateUrls(8443).filter((text, at) => text.length > 0 && at % 5 === 0);
  for (const [index, bad] of spellings.entries()) {
    const answer =
      index % 2
        ? await ann.call("POST", "/v1/event-subscriptions", { ...body, url: bad })
        : await ann.call("PATCH", `/v1/event-subscriptions/${id}`, { url: bad });
    expect([answer.status, answer.body.issues?.[0]?.path], bad).toEqual([400, "url"]);
  }
  expect(spellings.length).toBeGreaterThan(30);
});

test("[WH12] an event is not sent after its owner has lost access to the channel", async () => {
  const [ann, bob] = [await admin(), await createUser("bob")];
  const channelId = await createChannelFor(bob, [ann], { isPrivate: true });
  let isDown = true;
  const receiver = openReceiver(() => (isDown ? 503 : 204));
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  await postMessage(bob, channelId, "pending");
  await receiver.received(1);
  await bob.call("DELETE", `/v1/channels/${channelId}/members/${ann.userId}`);
  isDown = false;
  await postMessage(bob, channelId, "after the removal");
  await runSenderAlarmAfter(id, 60_000);
  await eventually(
    async () => (await senderRows(id, "SELECT 1 FROM channels")).length === 0,
    "the end of the subscription",
  );
  expect(receiver.contents()).toEqual(["pending"]);
  expect(await roomRows(channelId, "SELECT * FROM event_subscriptions")).toEqual([]);
});

test("[WH12] the subscription of a suspended owner is paused, and continues later", async () => {
  const [ann, owner] = [await admin(), await createUser("owner", { role: "owner" })];
  const channelId = await createChannelFor(ann, [owner]);
  const receiver = openReceiver();
  const { id } = await createEventSubscriptionFor(ann, receiver.url);
  const params = { subscriptionId: id };
  await eventually(() => hasChannel(id, channelId));
  await waitUntilIdle(id);
  const setActive = (active: boolean) =>
    expectOk(updateUser, { as: owner, params: { userId: ann.userId }, body: { active } });
  await setActive(false);
  await postMessage(owner, channelId, "while suspended");
  await eventually(
    async () => (await expectOk(getEventSubscription, { as: owner, params })).state === "paused",
    "the pause",
  );
  expect(await expectOk(getEventSubscription, { as: owner, params })).toMatchObject({
    stateReason: "owner_suspended",
  });
  expect(receiver.events).toEqual([]);
  await eventually(async () => (await senderRows(id, "SELECT 1 FROM channels")).length === 0);
  await setActive(true);
  await runSenderAlarmAfter(id, 16 * 60_000);
  await eventually(() => hasChannel(id, channelId), "the subscription");
  vi.useRealTimers();
  await postMessage(owner, channelId, "afterwards");
  await receiver.received(1);
  expect(receiver.contents()).toEqual(["afterwards"]);
});

test("[WH13] after 24 h of failures it is disabled, and its owner is notified", async () => {
  const mailbox = await openMailbox();
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver(() => 500);
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId], name: "CI" });
  const params = { subscriptionId: id };
  await setSenderConfig(id, { WEBHOOK_RETRY_MS: 100_000, MAIL_LOCAL_URL: mailboxUrl });
  await postMessage(ann, channelId, "never accepted");
  for (let attempt = 1; ; attempt++) {
    await receiver.received(attempt);
    await eventually(
      async () =>
        (await senderRows(id, `SELECT 1 FROM channels WHERE attempts = ${attempt}`)).length === 1 ||
        (await senderRows(id, `SELECT 1 FROM subscription WHERE data LIKE '%"disabled"%'`)).length === 1,
    );
    if ((await senderRows(id, `SELECT 1 FROM subscription WHERE data LIKE '%"disabled"%'`)).length === 1)
      break;
    await postMessage(ann, channelId, `waiting ${attempt}`);
    await runSenderAlarmAfter(id, 40_000);
  }
  await runSenderAlarmAfter(id, 1_000);
  expect(receiver.events.length).toBeLessThan(6);
  expect(new Set(receiver.events.map((event) => event.id)).size).toBe(1);
  await eventually(
    async () =>
      (await expectOk(getEventSubscriptions, { as: ann })).items.find((w) => w.id === id)?.state ===
      "disabled",
    "the state in the list",
  );
  expect(await expectOk(getEventSubscription, { as: ann, params })).toMatchObject({ stateReason: "failing" });
  const { items } = await expectOk(getEventDeliveries, { as: ann, params });
  expect(items).toMatchObject([{ state: "failed", status: 500, error: "status" }]);
  await eventually(async () => (await hubLog(ann.userId)).some(({ type }) => type === "subscriptionDisable"));
  const notice = (await hubLog(ann.userId)).find(({ type }) => type === "subscriptionDisable");
  expect(notice?.data).toEqual({ subscriptionId: id, name: "CI", reason: "failing" });
  const mailTo = () => mailbox.mails.find(({ to }) => to === `${ann.username}@parley.test`);
  await eventually(async () => {
    advanceClock(1_000);
    await runDurableObjectAlarm(env.MAILER.getByName("mailer"));
    return mailTo() !== undefined;
  }, "the mail");
  expect(mailTo()?.text).toContain("CI");
  await eventually(async () => (await roomRows(channelId, "SELECT 1 FROM event_subscriptions")).length === 0);
});

test("[WH13] a response with 410 disables a subscription at once", async () => {
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver(() => 410);
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  await postMessage(ann, channelId, "gone");
  await eventually(
    async () =>
      (await expectOk(getEventSubscription, { as: ann, params: { subscriptionId: id } })).stateReason ===
      "gone",
  );
  expect(receiver.events).toHaveLength(1);
});
