import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import {
  deleteMessage,
  deleteEventSubscription,
  getEventSubscription,
  getEventDeliveries,
  redeliverEvent,
  rotateSubscriptionSecret,
  updateEventSubscription,
} from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { messageParams, postMessage } from "../../support/worker/clients/messages.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
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
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomRows } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const admin = () => createUser("admin", { role: "admin" });

test("[WH1] [WH4] events of the chosen types and channels arrive signed and in order", async () => {
  const ann = await admin();
  const [channelId, other] = [await createChannelFor(ann), await createChannelFor(ann)];
  const receiver = openReceiver();
  const { verifier, id } = await createEventSubscriptionFor(ann, receiver.url, {
    channelIds: [channelId],
    events: ["messageCreate", "messageDelete"],
  });
  await postMessage(ann, other, "elsewhere");
  const first = await postMessage(ann, channelId, "eins");
  for (const content of ["zwei", "drei 👋"]) await postMessage(ann, channelId, content);
  await ann.call("PUT", `/v1/channels/${channelId}/messages/${first.id}/reactions/👋`);
  await callEndpoint(deleteMessage, { as: ann, params: messageParams(first) });
  const events = await receiver.received(4);
  expect(events.map(({ body }) => body.type)).toEqual([
    "messageCreate",
    "messageCreate",
    "messageCreate",
    "messageDelete",
  ]);
  expect(receiver.contents().slice(1, 3)).toEqual(["zwei", "drei 👋"]);
  for (const { text, headers, body } of events) {
    expect(verifier.verify(text, headers)).toEqual(body);
    expect(body).toMatchObject({ channelId, timestamp: body.at });
  }
  expect(new Set(events.map((event) => event.id)).size).toBe(4);
  await waitUntilIdle(id);
  expect(receiver.events).toHaveLength(4);
});

test("[WH2] without channels a subscription has all public ones, later ones included", async () => {
  const ann = await admin();
  const early = await createChannelFor(ann);
  const secret = await createChannelFor(ann, [], { isPrivate: true });
  const receiver = openReceiver();
  const { id } = await createEventSubscriptionFor(ann, receiver.url);
  await eventually(async () => await hasChannel(id, early), "the subscription of the public channel");
  const late = await createChannelFor(ann);
  await postMessage(ann, secret, "private");
  await postMessage(ann, early, "early");
  await receiver.received(1);
  await postMessage(ann, late, "late");
  await receiver.received(2);
  expect(receiver.contents()).toEqual(["early", "late"]);
  // A channel that is no longer public is left.
  await ann.call("PATCH", `/v1/channels/${early}`, { isPrivate: true });
  await postMessage(ann, early, "private now");
  await eventually(async () => !(await hasChannel(id, early)), "the end of the subscription");
  expect(receiver.events).toHaveLength(2);
});

test("[WH3] a failed event is sent again with the same id, and later ones wait", async () => {
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  let failures = 2;
  const receiver = openReceiver(() => (failures-- > 0 ? 500 : 204));
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  await postMessage(ann, channelId, "first");
  await postMessage(ann, channelId, "second");
  await receiver.received(1);
  for (let attempt = 2; attempt <= 3; attempt++) {
    await eventually(
      async () =>
        (await senderRows(id, `SELECT 1 FROM channels WHERE attempts = ${attempt - 1}`)).length === 1,
    );
    await runSenderAlarmAfter(id, 20_000 * attempt);
    await receiver.received(attempt);
  }
  await receiver.received(4);
  expect(receiver.contents()).toEqual(["first", "first", "first", "second"]);
  const ids = receiver.events.map((event) => event.id);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  const { items } = await expectOk(getEventDeliveries, { as: ann, params: { subscriptionId: id } });
  expect(items).toMatchObject([
    { id: ids[3], state: "delivered", attempts: 1, status: 204, error: null },
    { id: ids[0], state: "delivered", attempts: 3, status: 204, channelId },
  ]);
  expect(JSON.stringify(items)).not.toContain("second");
});

test("[WH3] another channel does not wait for a channel whose event fails", async () => {
  const ann = await admin();
  const [bad, good] = [await createChannelFor(ann), await createChannelFor(ann)];
  const receiver = openReceiver(({ body }) => (body.channelId === bad ? new Error("no route") : 200));
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [bad, good] });
  await postMessage(ann, bad, "bad");
  await receiver.received(1);
  for (let at = 0; at < 3; at++) await postMessage(ann, good, `good ${at}`);
  await receiver.received(4);
  expect(receiver.contents()).toEqual(["bad", "good 0", "good 1", "good 2"]);
  const subscription = await expectOk(getEventSubscription, { as: ann, params: { subscriptionId: id } });
  expect(subscription).toMatchObject({ state: "active", failingSince: expect.any(String) });
});

for (const point of [
  "room:after-commit",
  "room:before-wake",
  "room:after-wake",
  "subscription:after-send",
  "subscription:after-position",
] as const)
  test(`[WH3] a crash at ${point} loses no event and keeps its id`, async () => {
    const ann = await admin();
    const channelId = await createChannelFor(ann);
    const receiver = openReceiver();
    const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
    await postMessage(ann, channelId, "0");
    await receiver.received(1);
    await waitUntilIdle(id);
    for (let round = 1; round <= 3; round++) {
      const crashed = crashAt(point);
      void ann.call("POST", `/v1/channels/${channelId}/messages`, { content: String(round) });
      await crashed;
      for (const key of ["subscriptions", "subscriptionWakes"]) await runScheduledTask(channelId, key);
      await runSenderAlarmAfter(id, 20_000);
      vi.useRealTimers();
      await eventually(() => receiver.contents().includes(String(round)), `message ${round}`);
    }
    const order = [...new Set(receiver.contents())];
    expect(order).toEqual(["0", "1", "2", "3"]);
    const idsOf = (content: string) =>
      new Set(receiver.events.filter(({ body }) => body.data.message.content === content).map((e) => e.id));
    for (const content of order) expect(idsOf(content!).size).toBe(1);
  });

test("[WH5] a rotation signs with both secrets until the former one expires", async () => {
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver();
  const { id, verifier: former } = await createEventSubscriptionFor(ann, receiver.url, {
    channelIds: [channelId],
  });
  await setSenderConfig(id, { WEBHOOK_SECRET_OVERLAP_MS: 60_000 });
  const params = { subscriptionId: id };
  const { secret, subscription } = await expectOk(rotateSubscriptionSecret, { as: ann, params });
  const { Webhook } = await import("standardwebhooks");
  const next = new Webhook(secret);
  expect(Date.parse(subscription.formerSecretExpiresAt!) - Date.now()).toBeGreaterThan(50_000);
  await postMessage(ann, channelId, "both");
  const [{ text, headers }] = (await receiver.received(1)) as [(typeof receiver.events)[0]];
  for (const verifier of [former, next]) expect(verifier.verify(text, headers)).toBeTruthy();
  await waitUntilIdle(id);
  advanceClock(70_000);
  await postMessage(ann, channelId, "one");
  const { text: later, headers: laterHeaders } = (await receiver.received(2))[1]!;
  expect(next.verify(later, laterHeaders)).toBeTruthy();
  expect(() => former.verify(later, laterHeaders)).toThrow("signature");
  expect((await expectOk(getEventSubscription, { as: ann, params })).formerSecretExpiresAt).toBeNull();
});

test("[WH6] a delivery is sent again on demand, with its id and the event as it is now", async () => {
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver();
  const { id, verifier } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  const message = await postMessage(ann, channelId, "to be deleted");
  const [first] = await receiver.received(1);
  await waitUntilIdle(id);
  await callEndpoint(deleteMessage, { as: ann, params: messageParams(message) });
  const params = { subscriptionId: id, deliveryId: first!.id };
  expect(await expectOk(redeliverEvent, { as: ann, params })).toMatchObject({
    id: first!.id,
    attempts: 2,
    state: "delivered",
  });
  const { text, headers, id: again } = receiver.events[1]!;
  expect(again).toBe(first!.id);
  expect(verifier.verify(text, headers)).toBeTruthy();
  expect(text).not.toContain("to be deleted");
  const unknown = { subscriptionId: id, deliveryId: `dlv_${"0".repeat(26)}` };
  expect(await expectRejected(redeliverEvent, { as: ann, params: unknown })).toMatchObject({
    code: "not_found",
  });
});

test("[WH7] the log keeps the last 100 deliveries, with status and latency", async () => {
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver();
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  await Promise.all(Array.from({ length: 105 }, (_, at) => postMessage(ann, channelId, `m ${at}`)));
  await receiver.received(105);
  await waitUntilIdle(id);
  const { items } = await expectOk(getEventDeliveries, { as: ann, params: { subscriptionId: id } });
  expect(items).toHaveLength(100);
  expect(items[0]!.seq).toBeGreaterThan(items[99]!.seq);
  expect(items.every(({ latencyMs, status }) => latencyMs >= 0 && status === 204)).toBe(true);
});

test("[WH8] pausing and deleting end deliveries and the subscription of the room", async () => {
  const ann = await admin();
  const channelId = await createChannelFor(ann);
  const receiver = openReceiver();
  const { id } = await createEventSubscriptionFor(ann, receiver.url, { channelIds: [channelId] });
  const params = { subscriptionId: id };
  const subscriptions = () => roomRows(channelId, "SELECT * FROM event_subscriptions");
  await postMessage(ann, channelId, "one");
  await receiver.received(1);
  await expectOk(updateEventSubscription, { as: ann, params, body: { active: false } });
  await eventually(async () => (await subscriptions()).length === 0, "the end of the subscription");
  await postMessage(ann, channelId, "paused");
  const active = await expectOk(updateEventSubscription, {
    as: ann,
    params,
    body: { active: true, name: "renamed" },
  });
  expect(active).toMatchObject({ state: "active", stateReason: null, name: "renamed" });
  await eventually(async () => (await subscriptions()).length === 1, "the subscription");
  await postMessage(ann, channelId, "two");
  await receiver.received(2);
  expect(receiver.contents()).toEqual(["one", "two"]);
  await expectOk(deleteEventSubscription, { as: ann, params });
  await eventually(async () => (await subscriptions()).length === 0, "the end of the subscription");
  await postMessage(ann, channelId, "deleted");
  expect(await expectRejected(getEventSubscription, { as: ann, params })).toMatchObject({
    code: "not_found",
  });
  await eventually(
    async () =>
      (await senderRows(id, "SELECT 1 FROM sqlite_master WHERE name = 'subscription'")).length === 0,
    "the deletion of the object",
  );
  await abortAllDurableObjects();
  expect(receiver.events).toHaveLength(2);
});
