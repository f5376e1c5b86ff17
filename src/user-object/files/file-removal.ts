import type { PartsPlan } from "../../domain/files.ts";
import { Outbox, type OutboxQueue } from "../../durable/outbox.ts";
import { deleteBytes, deleteFileRow } from "../../features/files/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { HubState } from "../hub-state.ts";
import type { FileRow } from "./file-rows.ts";

/** The alarm continues a deletion this much later, in case the hub crashes or R2 or D1 does not answer. */
const takeoverMs = 10_000;
const maxFilesAtOnce = 200;
/** An upload that was not complete may still be writing. Its file is deleted a second time, after the longest query of D1 (30 s). */
const secondDeletionMs = 60_000;

/**
 * Deletes files that are marked for deletion: their bytes in R2, then their row in D1, then their row in the hub. Each step may
 * run twice. After a crash between two steps the alarm starts again with the first; while R2 or D1 fails, the outbox retries.
 */
export class FileRemoval implements OutboxQueue<FileRow> {
  readonly #env: Env;
  readonly #hub: HubState;
  readonly #outbox: Outbox<FileRow>;

  constructor(env: Env, hub: HubState) {
    this.#env = env;
    this.#hub = hub;
    this.#outbox = new Outbox(this, {
      name: "file-removal",
      concurrency: 5,
      timeoutMs: 60_000,
      backoff: { baseMs: 1_000, capMs: 600_000 },
    });
  }

  /** Deletes files that are marked, now. Resolves once each was attempted, successfully or not; never rejects. */
  deliver(fileIds: readonly string[]): Promise<void> {
    return this.#outbox.deliver(fileIds);
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  /** Postpones the files by the takeover time, so that the alarm does not fire for those that wait for others. */
  dueLanes(nowMs: number): string[] {
    return this.#hub.commitFiles(() => {
      const rows = this.#hub.files.scheduledUntil(nowMs, ["deleting"], maxFilesAtOnce);
      for (const { id, attempts } of rows) this.#hub.files.postpone(id, nowMs + takeoverMs, attempts);
      return rows.map(({ id }) => id);
    });
  }

  take(fileId: string, nowMs: number, isFirst: boolean): FileRow | undefined {
    const row = this.#hub.files.find(fileId);
    if (row?.state !== "deleting") return undefined;
    const isDue = row.at !== null && row.at <= nowMs;
    if (!isDue && !isFirst) return undefined;
    if (isDue) this.postpone(row, nowMs + takeoverMs, row.attempts);
    failpoint("hub:after-mark");
    return row;
  }

  async send({ id, key, plan }: FileRow): Promise<undefined> {
    const r2UploadId = plan === null ? undefined : (JSON.parse(plan) as PartsPlan).r2UploadId;
    await deleteBytes(this.#env, { key, r2UploadId });
    failpoint("hub:after-bytes");
    await deleteFileRow(this.#env, id);
    failpoint("hub:after-row");
  }

  confirm(row: FileRow): void {
    this.#hub.commitFiles(() => this.#hub.files.finishDeletion(row, Date.now() + secondDeletionMs));
  }

  postpone({ id }: FileRow, at: number, attempts: number): void {
    this.#hub.commitFiles(() => this.#hub.files.postpone(id, at, attempts));
  }

  schedule(): void {
    this.#hub.scheduleFiles();
  }
}
