import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import type { HubState } from "../../../src/user-object/hub-state.ts";
import { Notifications } from "../../../src/user-object/notifications/notifications.ts";
import { PushQueue } from "../../../src/user-object/push/push-queue.ts";
import { UserEventLog } from "../../../src/user-object/user-event-log.ts";
import { EventLog } from "../../../src/durable/event-log.ts";
import { getNotifications, readNotifications, updateUserStatus } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { createNotice, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog, hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";

const channelId = newId("chn");
const begunAt = Date.parse("2026-11-22T09:00:00.000Z");

/** A notice of the event `seq`, `seq` seconds after the start. */
const at = (seq: number, second = seq) =>
  createNotice(seq, { createdAt: new Date(begunAt + second * 1_000).toISOString() });
const kept = 10_000;
const many = sequenceFrom(1, kept).map((seq) => at(seq));

describe("[HB6] above 10,000 notifications", () => {
  test("the oldest are deleted with their part of the log, and numbering continues", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, ...many);
    await expectOk(readNotifications, { as: ann, body: { seq: 5 } });
    expect(await hubLog(ann.userId)).toHaveLength(kept + 1);
    await sendNotices(ann.userId, channelId, at(kept + 1), at(kept + 2), at(kept + 3));
    const log = await hubLog(ann.userId);
    expect([log[0]!.seq, log.at(-1)!.seq, log.length]).toEqual([4, kept + 4, kept + 1]);
    expect(await hubRows(ann.userId, "notifications")).toHaveLength(kept);
    const first = await expectOk(getNotifications, { as: ann, query: { limit: 1 } });
    expect(first).toMatchObject({ seq: kept + 4, unread: 99, lastReadSeq: 5 });
    await expectOk(readNotifications, { as: ann, body: {} });
    await sendNotices(ann.userId, channelId, at(kept + 4));
    expect((await hubLog(ann.userId)).map(({ seq }) => seq)).toEqual(sequenceFrom(5, kept + 2));
    await evictHub(ann.userId);
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({ seq: kept + 6, unread: 1 });
  });

  test("a deleted notification does not come back; newer ones are still added", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, ...many, at(kept + 1), at(kept + 2));
    const before = await hubLog(ann.userId);
    await evictHub(ann.userId);
    await sendNotices(ann.userId, channelId, at(1), at(2), ...many.slice(0, 20));
    await sendNotices(ann.userId, newId("chn"), at(77, 1), at(78, 2));
    expect(await hubLog(ann.userId)).toEqual(before);
    await sendNotices(ann.userId, newId("chn"), at(79, 3));
    expect((await hubLog(ann.userId)).at(-1)).toMatchObject({ seq: kept + 3 });
  });

  test("the oldest deferred ones are deleted too, and released ones displace older ones", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, at(1));
    await expectOk(updateUserStatus, { as: ann, body: { presence: "dnd" } });
    await sendNotices(ann.userId, channelId, ...many.slice(1), at(kept + 1), at(kept + 2));
    await sendNotices(ann.userId, channelId, at(1), at(2), at(kept + 2));
    expect((await hubRows(ann.userId, "held_notices")).map(({ channel_seq }) => channel_seq)).toEqual(
      sequenceFrom(3, kept),
    );
    await expectOk(updateUserStatus, { as: ann, body: { presence: "auto" } });
    expect((await hubLog(ann.userId)).map(({ data }) => data.notification.channelSeq)).toEqual(
      sequenceFrom(3, kept),
    );
    await sendNotices(ann.userId, channelId, at(1), at(2), at(3));
    expect(await hubLog(ann.userId)).toHaveLength(kept);
  });
});

/** Counts the rows that the hub's SQLite reads to list a page, count, add a notice twice and mark all read. */
const rowsRead = (userId: string): Promise<number> =>
  runInDurableObject(hubStub(userId), (_, { storage }) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const exec = (query: string, ...bindings: unknown[]) => {
      const cursor = storage.sql.exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    };
    const sql = { exec } as unknown as SqlStorage;
    const log = new EventLog(sql);
    const events = new UserEventLog(sql, { userId, log });
    const pushes = new PushQueue({} as HubState, sql, { isOn: false, graceMs: 0 });
    const notifications = new Notifications(sql, { log, events, pushes });
    notifications.list(51, 150);
    for (const _twice of [1, 2]) {
      notifications.addOnce(
        channelId,
        { ...at(kept + 9), kind: "mention" },
        { defer: false, nowMs: Date.now() },
      );
      notifications.trim();
    }
    notifications.markReadUpTo(Number.MAX_SAFE_INTEGER, Date.now());
    return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
  });

test("[HB6] listing and adding to a full hub read no more rows", async () => {
  const [few, full] = [await createUser("ann"), await createUser("bob")];
  await sendNotices(few.userId, channelId, ...many.slice(0, 200));
  await sendNotices(full.userId, channelId, ...many, at(kept + 1));
  expect(await rowsRead(full.userId)).toBeLessThanOrEqual((await rowsRead(few.userId)) + 20);
});
