import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, vi } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";
import { roomOf } from "./cast.ts";
import { recordOf, recordRows } from "./database.ts";
import { eventually } from "./eventually.ts";
import { type Follower, recordRowsOf, standingOf } from "./record-rows.ts";
import { inRoom, logOf, rowsOf } from "./room.ts";
import { apply, emptyView, plain, type View } from "./view.ts";

/** Up to where D1 has the log, as D1 itself says; 0 where it has nothing. */
export async function recorded(channelId: string): Promise<number> {
  const [row] = await recordRows<{ seq: number }>(
    "SELECT projected_seq AS seq FROM channels WHERE id = ?",
    channelId,
  );
  return row?.seq ?? 0;
}

export const runAlarm = (channelId: string): Promise<boolean> => runDurableObjectAlarm(roomOf(channelId));

/** When the platform will call the room; null: never. */
export const alarmAt = (channelId: string): Promise<number | null> =>
  inRoom(channelId, (_, { storage }) => storage.getAlarm());

/** Up to where the record has the log, as the room knows it. */
export async function progressOf(channelId: string): Promise<{ head: number; recorded: number }> {
  const { head, recorded } = await roomOf(channelId).progress();
  return { head, recorded };
}

/** When the room will see to a sink, or to deliveries, by its alarm; null: there is nothing to do. */
export async function dueAt(channelId: string, key: string): Promise<number | null> {
  const [row] = await rowsOf<{ at: number }>(channelId, "SELECT at FROM due WHERE key = ?", key);
  return row?.at ?? null;
}

/** Waits until D1 has all of the log. */
export async function caughtUp(channelId: string): Promise<void> {
  await eventually(async () => {
    const { head } = await progressOf(channelId);
    await roomOf(channelId).caughtUp(head);
    return (await recorded(channelId)) === head;
  }, `the record of ${channelId}`);
}

/** As `caughtUp`, and what concerns members alone too. */
export async function allRecorded(channelId: string): Promise<void> {
  await caughtUp(channelId);
  await personalCaughtUp(channelId);
}

/**
 * Runs the room's alarm at the moment for which it is set: that of its record, where that is behind. False: none is set. Put the
 * clock back by `vi.useRealTimers()`.
 */
export async function alarm(channelId: string, key = "record"): Promise<boolean> {
  const at = (await dueAt(channelId, key)) ?? (await alarmAt(channelId));
  if (at === null) return false;
  if (at > Date.now()) vi.useFakeTimers({ toFake: ["Date"], now: at });
  return runAlarm(channelId);
}

/** Lets the room's alarm fail until the next one is far off, so that none comes by itself while the test looks. */
export async function wearOut(channelId: string): Promise<void> {
  for (let attempt = 0; attempt < 8; attempt++) await alarm(channelId);
}

/** Waits until D1 has what concerns members alone, and the room knows that it has. */
async function personalCaughtUp(channelId: string): Promise<void> {
  await eventually(async () => {
    const [room] = await rowsOf<{ rev: number; sent: number }>(
      channelId,
      "SELECT rev, (SELECT seq FROM cursors WHERE sink = 'personal') AS sent FROM revisions",
    );
    const [record] = await recordRows<{ rev: number }>(
      `SELECT max((SELECT coalesce(max(rev), 0) FROM channel_readers WHERE channel_id = ?1),
                  (SELECT coalesce(max(rev), 0) FROM thread_followers WHERE channel_id = ?1)) AS rev`,
      channelId,
    );
    return (room?.rev ?? 0) === record?.rev && (room?.sent ?? 0) === (room?.rev ?? 0);
  }, `the members' own state of ${channelId} in the record`);
}

/** The log folded one event at a time, as nobody in particular sees it. */
export async function viewOfLog(channelId: string): Promise<View> {
  const view = emptyView();
  for (const { seq, at, type, data } of await logOf(channelId))
    apply(view, {
      type,
      seq,
      channelId,
      at: new Date(at).toISOString(),
      data: JSON.parse(data),
    } as EventEnvelope);
  return view;
}

/**
 * The record equals what its log says, folded one event at a time: nothing is missing, twice or stale. What has no event
 * equals what the room holds of it.
 */
export async function expectRecordIsLog(channelId: string): Promise<void> {
  await allRecorded(channelId);
  const view = await viewOfLog(channelId);
  const { head } = await progressOf(channelId);
  const { channel, members } = plain(view);
  const record = await recordOf(channelId);
  expect(record["channels"]).toMatchObject([
    {
      projected_seq: head,
      name: channel?.name,
      name_key: channel?.name == null ? null : foldKey(channel.name),
      type: channel?.type,
      topic: channel?.topic,
      description: channel?.description,
      created_at: Date.parse(channel?.createdAt ?? ""),
      archived_at: channel?.archivedAt == null ? null : Date.parse(channel.archivedAt),
      created_by: channel?.createdBy,
    },
  ]);
  expect(record["members"]).toEqual(
    members
      .map(({ userId, role, joinedAt }) => ({
        channel_id: channelId,
        user_id: userId,
        role,
        joined_at: Date.parse(joinedAt),
      }))
      .sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
  );
  const expected = recordRowsOf(view, channelId);
  expect(record["messages"]!.map((row) => parsed(row as Record<string, unknown>))).toEqual(expected.messages);
  expect(record["versions"]).toEqual(expected.versions);
  expect(record["mentions"]).toEqual(expected.mentions);
  expect(record["reactions"]).toEqual(expected.reactions);
  expect(record["pins"]).toEqual(expected.pins);
  expect(record["readers"]).toEqual(
    await rowsOf(
      channelId,
      "SELECT ? AS channel_id, user_id, last_read_seq, level, rev FROM readers ORDER BY rev",
      channelId,
    ),
  );
  const followers = await rowsOf<Follower>(
    channelId,
    "SELECT root_id, user_id, following, last_read_seq, rev FROM followers ORDER BY rev",
  );
  expect(record["followers"]).toEqual(
    followers.map((follower) => ({ ...follower, channel_id: channelId, ...standingOf(view, follower) })),
  );
}

const parsed = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) =>
      ["files", "mentions", "reactions", "thread"].includes(name) && value !== null
        ? [name, JSON.parse(String(value))]
        : [name, value],
    ),
  );

/** Waits until everybody's hub has been told of all that is in the log. */
export async function allNotified(channelId: string): Promise<void> {
  await eventually(async () => {
    const [left] = await rowsOf<{ behind: number; rows: number }>(
      channelId,
      `SELECT (SELECT max(seq) FROM log) - (SELECT seq FROM cursors WHERE sink = 'notifications') AS behind,
              (SELECT count(*) FROM deliveries) AS rows`,
    );
    return left?.behind === 0 && left.rows === 0;
  }, `the notifications of ${channelId}`);
}
