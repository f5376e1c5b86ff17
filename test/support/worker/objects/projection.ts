import { runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";
import { eventually } from "../assertions/eventually.ts";
import { databaseRows } from "./database.ts";
import { inRoom, roomRows, roomStub } from "./room-object.ts";

/** Runs the room's alarm if its outbox has files of deleted messages to report to hubs. */
export async function notifyHubsOfFiles(channelId: string): Promise<void> {
  const waiting = await roomRows(
    channelId,
    "SELECT 1 AS one FROM carried_files WHERE dropped_seq > coalesce((SELECT seq FROM cursors WHERE sink = 'files'), 0)",
  );
  if (waiting.length > 0) await runScheduledTask(channelId, "files");
}

/** Returns the seq up to which D1 has the log; 0 if it has no row of the channel. */
export async function projectedSeq(channelId: string): Promise<number> {
  const [row] = await databaseRows<{ seq: number }>(
    "SELECT projected_seq AS seq FROM channels WHERE id = ?",
    channelId,
  );
  return row?.seq ?? 0;
}

export const runRoomAlarm = (channelId: string): Promise<boolean> =>
  runDurableObjectAlarm(roomStub(channelId));

/** Returns the time of the room's platform alarm; null if none is set. */
export const roomAlarmAt = (channelId: string): Promise<number | null> =>
  inRoom(channelId, (_, { storage }) => storage.getAlarm());

/** Returns the head of the log and the projection's cursor as the room knows it. */
export async function projectionProgress(channelId: string): Promise<{ head: number; recorded: number }> {
  const { head, recorded } = await roomStub(channelId).progress();
  return { head, recorded };
}

/** Returns the time of a scheduled task of the room, such as a sink's; null if none is scheduled. */
export async function scheduledAt(channelId: string, key: string): Promise<number | null> {
  const [row] = await roomRows<{ at: number }>(channelId, "SELECT at FROM due WHERE key = ?", key);
  return row?.at ?? null;
}

/** Waits until D1 has the whole log. */
export async function waitForProjection(channelId: string): Promise<void> {
  await eventually(async () => {
    const { head } = await projectionProgress(channelId);
    await roomStub(channelId).waitForDatabase(head);
    return (await projectedSeq(channelId)) === head;
  }, `the record of ${channelId}`);
}

/** Waits until D1 has the whole log and the members' private state. */
export async function waitForProjections(channelId: string): Promise<void> {
  await waitForProjection(channelId);
  await waitForMemberState(channelId);
}

/**
 * Advances the clock to the time of a scheduled task, by default the projection's, and runs the room's alarm. Returns false if none is set.
 * Reset the clock by `vi.useRealTimers()`.
 */
export async function runScheduledTask(channelId: string, key = "record"): Promise<boolean> {
  const at = (await scheduledAt(channelId, key)) ?? (await roomAlarmAt(channelId));
  if (at === null) return false;
  if (at > Date.now()) vi.useFakeTimers({ toFake: ["Date"], now: at });
  return runRoomAlarm(channelId);
}

/** Lets the room's alarm fail until the next one is far in the future, so that none runs during the test's assertions. */
export async function exhaustRetries(channelId: string): Promise<void> {
  for (let attempt = 0; attempt < 8; attempt++) await runScheduledTask(channelId);
}

/** Waits until D1 has the members' private state and the room knows it. */
async function waitForMemberState(channelId: string): Promise<void> {
  await eventually(async () => {
    const [room] = await roomRows<{ rev: number; sent: number }>(
      channelId,
      "SELECT rev, (SELECT seq FROM cursors WHERE sink = 'personal') AS sent FROM revisions",
    );
    const [record] = await databaseRows<{ rev: number }>(
      `SELECT max((SELECT coalesce(max(rev), 0) FROM channel_readers WHERE channel_id = ?1),
                  (SELECT coalesce(max(rev), 0) FROM thread_followers WHERE channel_id = ?1)) AS rev`,
      channelId,
    );
    return (room?.rev ?? 0) === record?.rev && (room?.sent ?? 0) === (room?.rev ?? 0);
  }, `the members' own state of ${channelId} in the record`);
}

/** Waits until all notifications of the log are delivered to the hubs. */
export async function waitForNotifications(channelId: string): Promise<void> {
  await eventually(async () => {
    const [left] = await roomRows<{ behind: number; rows: number }>(
      channelId,
      `SELECT (SELECT max(seq) FROM log) - (SELECT seq FROM cursors WHERE sink = 'notifications') AS behind,
              (SELECT count(*) FROM deliveries) AS rows`,
    );
    return left?.behind === 0 && left.rows === 0;
  }, `the notifications of ${channelId}`);
}
