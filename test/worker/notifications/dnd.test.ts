import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import {
  type ChosenPresence,
  getNotifications,
  readNotifications,
  updateUserStatus,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { createNotice, createNotices, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog, hubRows } from "../../support/worker/objects/hub-object.ts";

afterEach(() => onFailpoint(undefined));

const [one, two] = [newId("chn"), newId("chn")];
const choose = (as: TestUser, presence: ChosenPresence) =>
  expectOk(updateUserStatus, { as, body: { presence } });
const logged = async ({ userId }: TestUser) =>
  (await hubLog(userId)).map(({ data }) => [data.notification.channelId, data.notification.channelSeq]);

describe("[HB5] while the user's status is dnd", () => {
  test("notifications are deferred, and released in order when it ends", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, one, createNotice(1));
    await choose(ann, "dnd");
    const before = await expectOk(getNotifications, { as: ann });
    await sendNotices(ann.userId, one, createNotice(9), createNotice(5));
    await sendNotices(ann.userId, two, createNotice(2));
    await sendNotices(ann.userId, one, createNotice(7));
    expect(await expectOk(getNotifications, { as: ann })).toEqual(before);
    await choose(ann, "away");
    const late = [
      [one, 9],
      [one, 5],
      [two, 2],
      [one, 7],
    ];
    expect(await logged(ann)).toEqual([[one, 1], ...late]);
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({ seq: 5, unread: 5 });
    expect(await hubRows(ann.userId, "held_notices")).toEqual([]);
  });

  test("each notification exists once despite duplicates and evictions", async () => {
    const ann = await createUser("ann");
    const notices = createNotices(1, 6);
    await sendNotices(ann.userId, one, ...notices.slice(0, 3));
    await choose(ann, "dnd");
    for (const _ of [1, 2]) {
      await sendNotices(ann.userId, one, ...notices);
      await evictHub(ann.userId);
    }
    await Promise.all([
      sendNotices(ann.userId, one, ...notices),
      choose(ann, "auto"),
      sendNotices(ann.userId, one, ...notices),
    ]);
    await sendNotices(ann.userId, one, ...notices);
    expect(await logged(ann)).toEqual(sequenceFrom(1, 6).map((seq) => [one, seq]));
  });

  test.each(["hub:before-notify", "hub:after-notify"] as const)(
    "a hub that crashes at %s defers each notification once",
    async (point) => {
      const ann = await createUser("ann");
      await choose(ann, "dnd");
      crashOnceAt(point);
      await expect(sendNotices(ann.userId, one, ...createNotices(1, 2))).rejects.toThrow("Crashed");
      await abortAllDurableObjects();
      await sendNotices(ann.userId, one, ...createNotices(1, 3));
      expect(await hubLog(ann.userId)).toEqual([]);
      await choose(ann, "auto");
      expect(await logged(ann)).toEqual(sequenceFrom(1, 3).map((seq) => [one, seq]));
    },
  );

  test.each(["hub:before-status", "hub:after-status"] as const)(
    "a hub that crashes at %s while it ends releases each notification once",
    async (point) => {
      const ann = await createUser("ann");
      await choose(ann, "dnd");
      await sendNotices(ann.userId, one, ...createNotices(1, 3));
      crashOnceAt(point);
      expect((await ann.call("PUT", "/v1/users/me/status", { presence: "auto" })).status).toBe(500);
      await abortAllDurableObjects();
      const ended = point === "hub:after-status";
      expect((await ann.call("GET", "/v1/users/me/status")).body.presence).toBe(ended ? "auto" : "dnd");
      expect(await hubLog(ann.userId)).toHaveLength(ended ? 3 : 0);
      for (const _ of [1, 2]) await choose(ann, "auto");
      expect(await logged(ann)).toEqual(sequenceFrom(1, 3).map((seq) => [one, seq]));
    },
  );

  test("a rejected or unrelated status change releases nothing", async () => {
    const ann = await createUser("ann");
    await choose(ann, "dnd");
    await sendNotices(ann.userId, one, createNotice(1));
    await expectRejected(updateUserStatus, {
      as: ann,
      body: { presence: "auto", custom: { emoji: "no emoji" } },
    });
    await expectOk(updateUserStatus, { as: ann, body: { custom: { text: "busy" } } });
    await expectOk(updateUserStatus, { as: ann, body: {} });
    await choose(ann, "dnd");
    expect(await hubLog(ann.userId)).toEqual([]);
    expect(await hubRows(ann.userId, "held_notices")).toHaveLength(1);
  });

  test("earlier notifications can be read; deferred ones stay unread", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, one, createNotice(1));
    await choose(ann, "dnd");
    await sendNotices(ann.userId, one, createNotice(2));
    expect(await expectOk(readNotifications, { as: ann, body: {} })).toEqual({ unread: 0, lastReadSeq: 1 });
    await choose(ann, "invisible");
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({
      seq: 3,
      unread: 1,
      lastReadSeq: 1,
    });
  });

  test("deferred notifications are stored as ids only", async () => {
    const ann = await createUser("ann");
    const held = createNotice(1);
    await choose(ann, "dnd");
    await sendNotices(ann.userId, one, held);
    const [row] = await hubRows(ann.userId, "held_notices");
    expect(row).toMatchObject({ place: 1, channel_id: one, channel_seq: 1 });
    expect(JSON.parse(String(row!.notice))).toEqual(held);
  });
});
