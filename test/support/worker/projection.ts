import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, vi } from "vitest";
import { foldKey } from "../../../src/core/fold.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";
import { roomOf } from "./cast.ts";
import { recordOf, recordRows } from "./database.ts";
import { eventually } from "./eventually.ts";
import { inRoom, logOf } from "./room.ts";
import { apply, emptyView, plain } from "./view.ts";

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

export const progressOf = (channelId: string) => roomOf(channelId).progress();

/** Waits until D1 has all of the log. */
export async function caughtUp(channelId: string): Promise<void> {
  await eventually(async () => {
    const { head } = await progressOf(channelId);
    await roomOf(channelId).caughtUp(head);
    return (await recorded(channelId)) === head;
  }, `the record of ${channelId}`);
}

/** Runs the room's alarm at the moment for which it is set. False: none is. Put the clock back by `vi.useRealTimers()`. */
export async function alarm(channelId: string): Promise<boolean> {
  const at = await alarmAt(channelId);
  if (at === null) return false;
  if (at > Date.now()) vi.useFakeTimers({ toFake: ["Date"], now: at });
  return runAlarm(channelId);
}

/** Lets the room's alarm fail until the next one is far off, so that none comes by itself while the test looks. */
export async function wearOut(channelId: string): Promise<void> {
  for (let attempt = 0; attempt < 8; attempt++) await alarm(channelId);
}

/** The record equals what its log says, folded one event at a time: nothing is missing, twice or stale. */
export async function expectRecordIsLog(channelId: string): Promise<void> {
  await caughtUp(channelId);
  const view = emptyView();
  const log = await logOf(channelId);
  for (const { seq, at, type, data } of log)
    apply(view, {
      type,
      seq,
      channelId,
      at: new Date(at).toISOString(),
      data: JSON.parse(data),
    } as EventEnvelope);
  const { channel, members, messages } = plain(view);
  const record = await recordOf(channelId);
  expect(record["channels"]).toMatchObject([
    {
      projected_seq: log.length,
      name: channel?.name,
      name_key: foldKey(channel?.name ?? ""),
      type: channel?.type,
      topic: channel?.topic,
      description: channel?.description,
      created_at: Date.parse(channel?.createdAt ?? ""),
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
  expect(record["messages"]).toEqual(
    messages.map(({ id, seq, rev, authorId, content, createdAt, updatedAt, deletedAt, version }) => ({
      id,
      channel_id: channelId,
      seq,
      rev,
      author_id: authorId,
      content,
      created_at: Date.parse(createdAt),
      updated_at: Date.parse(updatedAt),
      deleted_at: deletedAt && Date.parse(deletedAt),
      version,
    })),
  );
  const versions = [...view.versions].map(([key, { content, at }]) => {
    const [id = "", version] = key.split(" ");
    return { message_id: id, version: Number(version), content, at: Date.parse(at) };
  });
  expect(record["versions"]).toEqual(
    versions.sort((a, b) =>
      a.message_id === b.message_id ? a.version - b.version : a.message_id < b.message_id ? -1 : 1,
    ),
  );
}
