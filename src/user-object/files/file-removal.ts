import { SimulatedCrash, failpoint } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { inParallel, settledWithin } from "../../lib/parallel.ts";
import { backoffMs } from "../../lib/backoff.ts";
import type { PartsPlan } from "../../domain/files.ts";
import { deleteBytes, deleteFileRow } from "../../features/files/index.ts";
import type { FileRow } from "./file-rows.ts";
import type { HubState } from "../hub-state.ts";

/** An alarm waits so long for this work; what takes longer goes on behind it. */
const patienceMs = 2_000;
/** Were the hub to die at a deletion, or R2 or D1 not to answer, the alarm takes it up again this much later. */
const takeoverMs = 10_000;
/** A claim whose room does not answer is asked about again this much later. */
const askAgainMs = 30_000;
const filesPerAlarm = 200;
const filesAtOnce = 5;
const roomsAtOnce = 10;
/** Whoever uploaded a file that never became complete has stopped by then: D1 lasts 30 s at most. */
const lateMs = 60_000;

/** By the alarm: ends uploads that nobody goes on with, settles claims, and deletes what is to be deleted. */
export async function runFiles(env: Env, hub: HubState): Promise<void> {
  const nowMs = Date.now();
  const { claimed, deleting } = hub.commitFiles(() => {
    for (const { id } of hub.files.scheduledUntil(nowMs, ["uploading"], filesPerAlarm))
      hub.files.markForDeletion(id, nowMs);
    const claims = hub.files.scheduledUntil(nowMs, ["claimed"], filesPerAlarm);
    for (const { id, attempts } of claims) hub.files.postpone(id, nowMs + askAgainMs, attempts);
    return { claimed: claims, deleting: hub.files.scheduledUntil(nowMs, ["deleting"], filesPerAlarm) };
  });
  const work = Promise.all([
    settleClaims(env, hub, claimed, nowMs + askAgainMs),
    removeFiles(env, hub, deleting),
  ]);
  await settledWithin(work, patienceMs);
}

/** Deletes files that are marked: the bytes, then the row in D1, then what the hub knows. Never rejects; the alarm goes on with the rest. */
export async function removeFiles(env: Env, hub: HubState, rows: readonly FileRow[]): Promise<void> {
  if (rows.length === 0) return;
  hub.commitFiles(() => {
    for (const { id, attempts } of rows) hub.files.postpone(id, Date.now() + takeoverMs, attempts);
  });
  await inParallel(rows, filesAtOnce, async (row) => {
    try {
      failpoint("hub:after-mark");
      await remove(env, row);
      hub.commitFiles(() => hub.files.finishDeletion(row, Date.now() + lateMs));
    } catch (error) {
      if (__FAILPOINTS__ && error instanceof SimulatedCrash) return new Promise(() => {});
      const { id, attempts } = row;
      hub.commitFiles(() =>
        hub.files.postpone(
          id,
          Date.now() + backoffMs(attempts, { baseMs: 1_000, capMs: 600_000 }),
          attempts + 1,
        ),
      );
      logLine({ level: "warn", message: "a file could not be deleted yet", error: describeError(error) });
    }
  });
}

async function remove(env: Env, { id, key, plan }: FileRow): Promise<void> {
  const r2UploadId = plan === null ? undefined : (JSON.parse(plan) as PartsPlan).r2UploadId;
  await deleteBytes(env, { key, r2UploadId });
  failpoint("hub:after-bytes");
  await deleteFileRow(env, id);
  failpoint("hub:after-row");
}

/** Asks the rooms what became of claims; `at` is how each was postponed meanwhile. One that was renewed since stays. */
async function settleClaims(env: Env, hub: HubState, rows: readonly FileRow[], at: number): Promise<void> {
  const byChannel = [...Map.groupBy(rows, ({ channelId }) => channelId ?? "")];
  await inParallel(byChannel, roomsAtOnce, async ([channelId, claims]) => {
    try {
      const carried = await callObject(() => roomOf(env, channelId).carriedFiles(claims.map(({ id }) => id)));
      const known = new Map(carried.map((file) => [file.fileId, file]));
      failpoint("hub:before-settle");
      hub.commitFiles(() => {
        for (const { id, attempts } of claims) {
          const file = known.get(id);
          const row = hub.files.find(id);
          if (row?.state !== "claimed") continue;
          if (file?.deleted) hub.files.markForDeletion(id, Date.now());
          else if (file) hub.files.confirmClaim(id);
          else if (row.at === at && row.attempts === attempts) hub.files.makeReady(id);
        }
      });
    } catch (error) {
      if (__FAILPOINTS__ && error instanceof SimulatedCrash) return new Promise(() => {});
      logLine({ level: "warn", message: "a claim could not be settled yet", error: describeError(error) });
    }
  });
}
