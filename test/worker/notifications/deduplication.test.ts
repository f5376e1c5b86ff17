import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import { getNotifications, Notification } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import {
  createNotice,
  createNotices,
  listAllNotifications,
  sendNotices,
} from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog, hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";

afterEach(() => onFailpoint(undefined));

const channelId = newId("chn");

describe("[HB1] a notification is stored once", () => {
  test("when it is delivered twice, in one call or two, and out of order", async () => {
    const ann = await createUser("ann");
    const [a, b, c] = [createNotice(3), createNotice(5), createNotice(9)];
    await sendNotices(ann.userId, channelId, c, c);
    await sendNotices(ann.userId, channelId, a, c, b);
    await sendNotices(ann.userId, channelId, b);
    expect((await hubLog(ann.userId)).map(({ data }) => data.notification.channelSeq)).toEqual([9, 3, 5]);
  });

  test("when twenty concurrent calls deliver it", async () => {
    const ann = await createUser("ann");
    const notices = createNotices(1, 5);
    await Promise.all(Array.from({ length: 20 }, () => sendNotices(ann.userId, channelId, ...notices)));
    expect((await hubLog(ann.userId)).map(({ data }) => data.notification.channelSeq)).toEqual(
      sequenceFrom(1, 5),
    );
  });

  test("when the hub is evicted between two deliveries", async () => {
    const ann = await createUser("ann");
    const [a, b] = [createNotice(1), createNotice(2)];
    await sendNotices(ann.userId, channelId, a);
    await evictHub(ann.userId);
    await sendNotices(ann.userId, channelId, a, b);
    await abortAllDurableObjects();
    await sendNotices(ann.userId, channelId, b, a);
    expect((await hubLog(ann.userId)).map(({ data }) => data.notification.channelSeq)).toEqual([1, 2]);
  });

  test.each(["hub:before-notify", "hub:after-notify"] as const)(
    "when the hub crashes at %s and delivery is retried",
    async (point) => {
      const ann = await createUser("ann");
      const notices = createNotices(1, 3);
      crashOnceAt(point);
      await expect(sendNotices(ann.userId, channelId, ...notices)).rejects.toThrow("Crashed");
      await abortAllDurableObjects();
      expect(await hubLog(ann.userId)).toHaveLength(point === "hub:after-notify" ? 3 : 0);
      for (const _ of [1, 2]) await sendNotices(ann.userId, channelId, ...notices);
      expect((await hubLog(ann.userId)).map(({ seq }) => seq)).toEqual(sequenceFrom(1, 3));
    },
  );

  test("per channel: events of two channels may share a number", async () => {
    const ann = await createUser("ann");
    const [one, two] = [newId("chn"), newId("chn")];
    for (const _ of [1, 2]) for (const id of [one, two]) await sendNotices(ann.userId, id, createNotice(7));
    expect((await listAllNotifications(ann)).map((item) => item.channelId)).toEqual([two, one]);
  });

  test("or not at all if a write of the batch fails, in storage and in memory", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, createNotice(1));
    const broken = createNotice(3, { createdAt: "never" });
    await expect(sendNotices(ann.userId, channelId, createNotice(2), broken)).rejects.toThrow();
    expect(await hubLog(ann.userId)).toHaveLength(1);
    await sendNotices(ann.userId, channelId, createNotice(2));
    expect((await hubLog(ann.userId)).map(({ seq, data }) => [seq, data.notification.channelSeq])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe("[HB2] the user's event log", () => {
  test("holds ids, kinds, numbers and times as sent, but no text", async () => {
    const ann = await createUser("ann");
    const told = createNotice(4, { kind: "thread", threadId: newId("msg") });
    await sendNotices(ann.userId, channelId, told, createNotice(5, { kind: "invitation", messageId: null }));
    const [first, second] = await hubRows(ann.userId, "log");
    const { seq, read, ...rest } = JSON.parse(String(first!.data)).notification;
    expect([seq, read, rest]).toEqual([1, false, { ...told, channelId }]);
    for (const row of [first!, second!]) {
      Notification.strict().parse(JSON.parse(String(row.data)).notification);
      expect(row).toMatchObject({ v: 1, for_sinks: null, subject: null });
    }
    const words = /"[^"]*"/g;
    const known =
      /^"(notification|seq|kind|channelId|channelSeq|messageId|threadId|actorId|createdAt|read|thread|invitation|(chn|msg|usr)_[0-9A-Z]{26}|\d{4}-\d\d-\d\dT[\d:.]{12}Z)"$/;
    for (const row of [first!, second!])
      expect(
        String(row.data)
          .match(words)!
          .filter((word) => !known.test(word)),
      ).toEqual([]);
  });

  test("begins with the first event, keeps one epoch and counts from 1", async () => {
    const ann = await createUser("ann");
    const before = await expectOk(getNotifications, { as: ann });
    expect(before).toEqual({ items: [], nextCursor: null, seq: 0, epoch: null, unread: 0, lastReadSeq: 0 });
    await sendNotices(ann.userId, channelId, createNotice(1));
    const { epoch } = await expectOk(getNotifications, { as: ann });
    expect(epoch).toMatch(/^[\w-]{12}$/);
    await evictHub(ann.userId);
    await sendNotices(ann.userId, channelId, createNotice(2));
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({ epoch, seq: 2 });
  });
});

test("is created by the first notice, before the user's first request", async () => {
  const userId = newId("usr");
  await sendNotices(userId, channelId, createNotice(1));
  expect(await hubLog(userId)).toHaveLength(1);
  expect((await hubStub(userId).checkSession(newId("ses"))).ok).toBe(false);
  expect((await hubStub(userId).admitAsMember(channelId)).ok).toBe(false);
});

test("[HB1] notifying one user leaves another user's hub unchanged", async () => {
  const [ann, bob] = [await createUser("ann"), await createUser("bob")];
  await sendNotices(bob.userId, channelId, createNotice(1));
  const before = await expectOk(getNotifications, { as: bob });
  await sendNotices(ann.userId, channelId, ...createNotices(1, 5));
  await ann.call("PUT", "/v1/notifications/read", {});
  await ann.call("PUT", "/v1/users/me/status", { presence: "dnd" });
  expect(await expectOk(getNotifications, { as: bob })).toEqual(before);
  expect((await bob.call("GET", "/v1/users/me/status")).body).toEqual({ presence: "auto", custom: null });
});
