import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

/** Short, because access tokens expire by the same clock. */
const soonMs = 60_000;
const dayMs = 24 * 3_600_000;
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

const remind = (as: TestUser, more: object = {}) =>
  expectOk(api.createReminder, { as, body: { text: "stretch", at: inMs(soonMs), ...more } });
const get = (as: TestUser, reminderId: string) => expectOk(api.getReminder, { as, params: { reminderId } });
const update = (as: TestUser, reminderId: string, body: object) =>
  expectOk(api.updateReminder, { as, params: { reminderId }, body });
const notificationsOf = async (as: TestUser) => (await expectOk(api.getNotifications, { as })).items;

test("[RI1] at its time it is due, with one notification; events hold no text", async () => {
  const ann = await createUser("ann");
  const socket = await connectGateway(ann);
  const { id, state } = await remind(ann);
  expect(state).toBe("pending");
  await runHubAlarmAfter(ann.userId, soonMs);
  expect(await socket.next("notificationCreate")).toMatchObject({
    data: { notification: { kind: "reminder", reminderId: id, channelId: null, channelSeq: 0, read: false } },
  });
  expect(await socket.next("reminderUpdate")).toMatchObject({ data: { reminderId: id, state: "due" } });
  expect(await get(ann, id)).toMatchObject({ state: "due", text: "stretch" });
  expect(JSON.stringify(socket.seen)).not.toContain("stretch");
  await runHubAlarmAfter(ann.userId, soonMs);
  expect(await notificationsOf(ann)).toMatchObject([
    { kind: "reminder", reminderId: id, actorId: ann.userId },
  ]);
});

for (const point of ["hub:before-remind", "hub:after-remind"] as const)
  test(`[RI2] a crash at ${point} neither loses nor repeats a reminder`, async () => {
    const ann = await createUser("ann");
    const { id } = await remind(ann);
    crashOnceAt(point);
    await runHubAlarmAfter(ann.userId, soonMs).catch(() => undefined);
    await evictHub(ann.userId);
    // The platform calls an alarm again that failed.
    await runInDurableObject(hubStub(ann.userId), (hub) => hub.alarm());
    expect(await notificationsOf(ann)).toMatchObject([{ reminderId: id }]);
    expect((await get(ann, id)).rev).toBe(2);
  });

test("[RI3] snoozed it is due again; done and deleted it clears notifications", async () => {
  const ann = await createUser("ann");
  const { id } = await remind(ann);
  await runHubAlarmAfter(ann.userId, soonMs);
  expect(await update(ann, id, { at: inMs(soonMs) })).toMatchObject({ state: "pending" });
  expect(await notificationsOf(ann)).toMatchObject([{ read: true }]);
  await runHubAlarmAfter(ann.userId, soonMs);
  expect(await notificationsOf(ann)).toMatchObject([{ read: false }, { read: true }]);
  expect(await update(ann, id, { done: true })).toMatchObject({ state: "done" });
  expect((await notificationsOf(ann)).every(({ read }) => read)).toBe(true);
  expect((await expectOk(api.getReminders, { as: ann })).items).toEqual([]);
  expect((await expectOk(api.getReminders, { as: ann, query: { state: "done" } })).items).toMatchObject([
    { id },
  ]);
  expect(await update(ann, id, { done: false, text: "walk" })).toMatchObject({ state: "due", text: "walk" });
  const params = { reminderId: id };
  await expectOk(api.deleteReminder, { as: ann, params });
  expect(await notificationsOf(ann)).toEqual([]);
  expect(await expectRejected(api.getReminder, { as: ann, params })).toMatchObject({ code: "not_found" });
});

test("[RI3] while the status is dnd the notification is deferred, the event is not", async () => {
  const ann = await createUser("ann");
  await ann.call("PUT", "/v1/users/me/status", { presence: "dnd" });
  const socket = await connectGateway(ann);
  const { id } = await remind(ann);
  await socket.next("reminderUpdate");
  await runHubAlarmAfter(ann.userId, soonMs);
  expect(await socket.next("reminderUpdate")).toMatchObject({ data: { state: "due" } });
  expect(await notificationsOf(ann)).toEqual([]);
  await ann.call("PUT", "/v1/users/me/status", { presence: "auto" });
  expect(await notificationsOf(ann)).toMatchObject([{ kind: "reminder", reminderId: id, channelId: null }]);
});

test("[RI4] a reminder is about a message that its user can read", async () => {
  const [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [], { isPrivate: true });
  const messageId = (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "hi" })).body.id;
  expect(await remind(ann, { messageId })).toMatchObject({ messageId, channelId });
  expect(await remind(ann, { messageId, channelId })).toMatchObject({ messageId, channelId });
  await runHubAlarmAfter(ann.userId, soonMs);
  expect((await notificationsOf(ann))[0]).toMatchObject({ kind: "reminder", channelId, messageId });
  const unknown = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const body = { text: "x", at: inMs(soonMs) };
  const problems = await Promise.all([
    ...[{ messageId }, { messageId, channelId }, { messageId: unknown }].map((about) =>
      expectRejected(api.createReminder, { as: eve, body: { ...body, ...about } }),
    ),
    expectRejected(api.createReminder, { as: ann, body: { ...body, messageId: unknown, channelId } }),
  ]);
  for (const problem of problems)
    expect(problem).toMatchObject({ code: "not_found", detail: "No such message" });
});

test("[RI5] words are understood in the given time zone, or that of the profile", async () => {
  const ann = await createUser("ann");
  await ann.call("PATCH", "/v1/users/me", { timeZone: "Asia/Kolkata" });
  const at = async (more: object) =>
    (await remind(ann, { at: undefined, when: "tomorrow at 9:00", ...more })).at.slice(11);
  expect(await at({})).toBe("03:30:00.000Z");
  expect(await at({ timeZone: "UTC" })).toBe("09:00:00.000Z");
  const body = { text: "x", when: "when pigs fly" };
  expect(await expectRejected(api.createReminder, { as: ann, body })).toMatchObject({
    issues: [{ path: "when" }],
  });
});

test("[RI7] past times and more than 200 are rejected; a nonce creates one", async () => {
  const ann = await createUser("ann");
  const reject = (body: object) =>
    expectRejected(api.createReminder, { as: ann, body: { text: "x", at: inMs(soonMs), ...body } });
  for (const at of [inMs(-1), inMs(1_831 * dayMs)])
    expect(await reject({ at })).toMatchObject({ code: "validation_failed", issues: [{ path: "at" }] });
  expect(await reject({ when: "tomorrow" })).toMatchObject({ code: "validation_failed" });
  const body = { text: "once", when: "in 20 minutes", nonce: "n" };
  const [first, second] = [
    await callEndpoint(api.createReminder, { as: ann, body }),
    await callEndpoint(api.createReminder, { as: ann, body }),
  ];
  expect([first.status, second.status, second.body]).toEqual([201, 200, first.body]);
  expect(await reject({ ...body, text: "twice", at: undefined })).toMatchObject({ code: "nonce_reused" });
  const input = { text: "x", at: Date.now() + dayMs, message: null };
  for (let made = 1; made < 200; made++) await hubStub(ann.userId).createReminder(input);
  expect(await reject({})).toMatchObject({ code: "conflict" });
  await update(ann, first.body.id, { done: true });
  await remind(ann);
  expect(
    await expectRejected(api.updateReminder, {
      as: ann,
      params: { reminderId: first.body.id },
      body: { done: false },
    }),
  ).toMatchObject({ code: "conflict" });
});

test("[RI7] lists by time in pages, and only the own", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  for (const minutes of [3, 1, 2]) await remind(ann, { text: `${minutes}`, at: inMs(minutes * 60_000) });
  await remind(bob);
  const first = await expectOk(api.getReminders, { as: ann, query: { limit: 2 } });
  const second = await expectOk(api.getReminders, {
    as: ann,
    query: { limit: 2, cursor: first.nextCursor! },
  });
  expect([...first.items, ...second.items].map(({ text }) => text)).toEqual(["1", "2", "3"]);
  expect(second.nextCursor).toBeNull();
  const params = { reminderId: first.items[0]!.id };
  expect((await callEndpoint(api.getReminder, { as: bob, params })).status).toBe(404);
});
