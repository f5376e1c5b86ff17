import { describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { encodeCursor } from "../../../src/domain/pagination.ts";
import { getNotifications, readNotifications } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import {
  createNotice,
  createNotices,
  eventKeysOf,
  listAllNotifications,
  sendNotices,
} from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog } from "../../support/worker/objects/hub-object.ts";

const channelId = newId("chn");

/** Creates a user with notifications of the events 1 to `count`. */
async function notified(count: number) {
  const ann = await createUser("ann");
  await sendNotices(ann.userId, channelId, ...createNotices(1, count));
  return ann;
}

describe("the list of notifications", () => {
  test("is newest first and carries the log position", async () => {
    const ann = await notified(3);
    const page = await expectOk(getNotifications, { as: ann });
    expect(page).toMatchObject({ nextCursor: null, seq: 3, unread: 3, lastReadSeq: 0 });
    expect(page.items.map(({ seq, channelSeq, read }) => [seq, channelSeq, read])).toEqual([
      [3, 3, false],
      [2, 2, false],
      [1, 1, false],
    ]);
  });

  test("[HB3] gives each one once, page by page, during inserts and reads", async () => {
    const ann = await notified(25);
    const found: number[] = [];
    let more = 100;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await expectOk(getNotifications, {
        as: ann,
        query: { limit: 4, ...(cursor && { cursor }) },
      });
      found.push(...page.items.map(({ channelSeq }) => channelSeq));
      cursor = page.nextCursor;
      await sendNotices(ann.userId, channelId, createNotice(more++), createNotice(more++));
      await expectOk(readNotifications, { as: ann, body: { seq: found.length } });
      await evictHub(ann.userId);
    }
    expect(found).toEqual(sequenceFrom(1, 25).toReversed());
  });

  test("has no cursor after a full last page", async () => {
    const ann = await notified(4);
    const { nextCursor } = await expectOk(getNotifications, { as: ann, query: { limit: 2 } });
    const last = await expectOk(getNotifications, { as: ann, query: { limit: 2, cursor: nextCursor! } });
    expect([last.items.map(({ seq }) => seq), last.nextCursor]).toEqual([[2, 1], null]);
  });

  test("[ER2] rejects a cursor that it did not issue", async () => {
    const ann = await notified(1);
    for (const key of [0, -1, 1.5, 1e308, "1", null, [1], {}, { seq: 1 }]) {
      const problem = await expectRejected(getNotifications, {
        as: ann,
        query: { cursor: encodeCursor(key) },
      });
      expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "cursor" }] });
    }
  });
});

describe("reading notifications", () => {
  test("[HB4] marks those up to a number, or all, and never moves back", async () => {
    const ann = await notified(5);
    const read = (body: object) => expectOk(readNotifications, { as: ann, body });
    expect(await read({ seq: 2 })).toEqual({ unread: 3, lastReadSeq: 2 });
    expect((await listAllNotifications(ann)).map((item) => item.read)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(await read({ seq: 1 })).toEqual({ unread: 3, lastReadSeq: 2 });
    expect(await read({ seq: 0 })).toEqual({ unread: 3, lastReadSeq: 2 });
    expect(await read({})).toEqual({ unread: 0, lastReadSeq: 5 });
    await evictHub(ann.userId);
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({ unread: 0, lastReadSeq: 5 });
  });

  test("[HB4] logs an event only if something changed", async () => {
    const ann = await notified(3);
    const read = (body: object) => expectOk(readNotifications, { as: ann, body });
    for (const body of [{ seq: 0 }, { seq: 2 }, { seq: 2 }, { seq: 1 }, {}, {}, { seq: 5 }, { seq: 4 }])
      await read(body);
    expect((await hubLog(ann.userId)).slice(3)).toEqual([
      { seq: 4, type: "notificationRead", data: { lastReadSeq: 2 } },
      { seq: 5, type: "notificationRead", data: { lastReadSeq: 3 } },
    ]);
    await sendNotices(ann.userId, channelId, createNotice(4));
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({
      seq: 6,
      unread: 1,
      lastReadSeq: 3,
    });
    expect(eventKeysOf(await listAllNotifications(ann, 2))).toHaveLength(4);
  });

  test("[HB4] logs one event for ten concurrent requests", async () => {
    const ann = await notified(3);
    await Promise.all(Array.from({ length: 10 }, () => expectOk(readNotifications, { as: ann, body: {} })));
    expect(await hubLog(ann.userId)).toHaveLength(4);
  });

  test("[HB4] past the newest event is rejected and changes nothing", async () => {
    const ann = await notified(2);
    for (const seq of [3, 1_000, Number.MAX_SAFE_INTEGER]) {
      const problem = await expectRejected(readNotifications, { as: ann, body: { seq } });
      expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "seq" }] });
    }
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({
      seq: 2,
      unread: 2,
      lastReadSeq: 0,
    });
  });

  test("changes nothing for a user without notifications", async () => {
    const ann = await createUser("ann");
    expect(await expectOk(readNotifications, { as: ann, body: {} })).toEqual({ unread: 0, lastReadSeq: 0 });
    expect(await expectOk(readNotifications, { as: ann, body: { seq: 0 } })).toEqual({
      unread: 0,
      lastReadSeq: 0,
    });
    expect(await hubLog(ann.userId)).toEqual([]);
  });

  test("counts exactly up to 99", async () => {
    const ann = await notified(98);
    const unread = async () => (await expectOk(getNotifications, { as: ann, query: { limit: 1 } })).unread;
    expect(await unread()).toBe(98);
    await sendNotices(ann.userId, channelId, createNotice(99));
    expect(await unread()).toBe(99);
    await sendNotices(ann.userId, channelId, ...createNotices(100, 50));
    expect(await unread()).toBe(99);
    expect(await expectOk(readNotifications, { as: ann, body: { seq: 51 } })).toEqual({
      unread: 98,
      lastReadSeq: 51,
    });
  });
});
