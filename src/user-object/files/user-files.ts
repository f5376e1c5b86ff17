import { notFound, reject } from "../../errors/app-error.ts";
import {
  chargedBytes,
  type ClaimedFiles,
  type FileClaim,
  type FileVisibility,
  type PartsPlan,
  type Reservation,
  sizeOfPart,
  type StoredPart,
} from "../../domain/files.ts";
import type { FileRef } from "../../protocol/index.ts";
import {
  fileColumns as columns,
  type FileRow,
  type FileState,
  type OpenUpload,
  type UploadLimits,
} from "./file-rows.ts";

/** An upload in one request that is not complete after this time never will be: no request lasts that long. */
const singleRequestUploadMs = 15 * 60_000;
/** A claim is valid for 5 s. The room is asked later whether it committed a message, when no commit can follow any more. */
const claimMs = 5_000;
const settleClaimAfterMs = 10_000;

/** The user's files, from the reservation before the first byte until the last byte is deleted. Call the methods that write within a commit. */
export class UserFiles {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(fileId: string): FileRow | undefined {
    return this.#select("id = ?", fileId)[0];
  }

  /** Returns files in these states on which the alarm is to work by `nowMs`, the earliest first. */
  scheduledUntil(nowMs: number, states: readonly FileState[], limit: number): FileRow[] {
    return this.#select(
      "at <= ? AND state IN (SELECT value FROM json_each(?)) ORDER BY at LIMIT ?",
      nowMs,
      JSON.stringify(states),
      limit,
    );
  }

  /** Returns files that no committed message carries, at most `limit`. */
  otherThanCarried(limit: number): FileRow[] {
    return this.#select("state <> 'carried' LIMIT ?", limit);
  }

  hasAny(): boolean {
    return this.#select("true LIMIT 1").length > 0;
  }

  /** Returns when the alarm is next to work on a file; undefined if there is none. */
  nextScheduledAt(): number | undefined {
    return (
      this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM files WHERE at IS NOT NULL").one()
        .at ?? undefined
    );
  }

  /** Returns the present, former and reserved avatars. */
  avatars(): FileRow[] {
    return this.#select("state = 'avatar'");
  }

  #select(which: string, ...values: (string | number)[]): FileRow[] {
    return this.#sql.exec<FileRow>(`SELECT ${columns} FROM files WHERE ${which}`, ...values).toArray();
  }

  /**
   * Reserves space for a file. A file in one request is charged at once, an upload in parts as its parts arrive. May be repeated.
   *
   * @throws `quota_exceeded` when the whole file would exceed `quotaBytes` together with the user's other files; `conflict` when
   *   `openUploads` uploads in parts are open
   */
  reserve({ fileId, key, sizeBytes, parts }: Reservation, nowMs: number, limits: UploadLimits): void {
    if (this.find(fileId)) return;
    if (parts) this.#requireUploadSlot(limits.openUploads);
    this.#requireSpace(chargedBytes(sizeBytes), limits.quotaBytes);
    const charged = chargedBytes(parts ? 0 : sizeBytes);
    this.#charge(charged);
    this.#sql.exec(
      "INSERT INTO files (id, state, key, size_bytes, plan, at) VALUES (?, 'uploading', ?, ?, ?, ?)",
      fileId,
      key,
      charged,
      parts ? JSON.stringify({ ...parts, sizeBytes }) : null,
      nowMs + (parts ? limits.uploadMs : singleRequestUploadMs),
    );
  }

  #requireUploadSlot(openUploads: number): void {
    const open = this.#select("state = 'uploading' AND plan IS NOT NULL ORDER BY at LIMIT ?", openUploads);
    if (open.length >= openUploads)
      reject(
        "conflict",
        `You have ${open.length} open uploads, which is the limit; complete or cancel one of them`,
        {
          issues: open.map(({ id }) => ({ path: id, message: "Open" })),
        },
      );
  }

  #requireSpace(bytes: number, quotaBytes: number): void {
    const { taken } = this.#sql.exec<{ taken: number }>("SELECT size_bytes AS taken FROM file_space").one();
    if (taken + bytes > quotaBytes)
      reject("quota_exceeded", "Your files use all of your space; delete some first");
  }

  /**
   * Returns an upload in parts with the parts that R2 has.
   *
   * @throws `not_found` when it is complete, deleted, or was sent in one request
   */
  openUpload(fileId: string): OpenUpload {
    const { key, sizeBytes: charged, at, plan } = this.#uploadRow(fileId);
    const received = this.#sql
      .exec<{ part: number; etag: string }>(
        "SELECT part, etag FROM file_parts WHERE file_id = ? ORDER BY part",
        fileId,
      )
      .toArray();
    const { sizeBytes = charged, ...announced } = JSON.parse(plan) as PartsPlan & { sizeBytes?: number };
    return { plan: { ...announced, key, sizeBytes, expiresAt: at }, received };
  }

  /**
   * Returns an upload as `openUpload` does, before a part is stored.
   *
   * @throws `not_found` as `openUpload` does; `quota_exceeded` when there is no space for the part
   */
  openUploadWithSpace(fileId: string, part: number, quotaBytes: number): OpenUpload {
    const upload = this.openUpload(fileId);
    const isNew = !upload.received.some((stored) => stored.part === part);
    if (isNew) this.#requireSpace(sizeOfPart(upload.plan, part), quotaBytes);
    return upload;
  }

  /**
   * Records that R2 has this part, in place of an earlier one with its number. A new part is charged and postpones the upload's expiry to
   * `uploadMs` from now.
   *
   * @returns the bytes charged for all recorded parts
   * @throws `not_found` as `openUpload` does; `quota_exceeded`, and then records nothing
   */
  recordPart(fileId: string, { part, etag }: StoredPart, nowMs: number, limits: UploadLimits): number {
    const { plan, received } = this.openUpload(fileId);
    const isNew = !received.some((stored) => stored.part === part);
    const parts = isNew ? [...received, { part, etag }] : received;
    const charged = chargedBytes(parts.reduce((sum, stored) => sum + sizeOfPart(plan, stored.part), 0));
    const growth = Math.max(0, charged - this.#uploadRow(fileId).sizeBytes);
    if (growth > 0) this.#requireSpace(growth, limits.quotaBytes);
    this.#charge(growth);
    this.#sql.exec(
      "INSERT INTO file_parts (file_id, part, etag) VALUES (?, ?, ?) ON CONFLICT (file_id, part) DO UPDATE SET etag = excluded.etag",
      fileId,
      part,
      etag,
    );
    if (isNew)
      this.#sql.exec(
        "UPDATE files SET at = ?, size_bytes = size_bytes + ? WHERE id = ?",
        nowMs + limits.uploadMs,
        growth,
        fileId,
      );
    return charged;
  }

  #uploadRow(fileId: string): FileRow & { plan: string; at: number } {
    const row = this.find(fileId);
    if (row?.state !== "uploading" || row.plan === null || row.at === null) return notFound("file");
    return { ...row, plan: row.plan, at: row.at };
  }

  /**
   * Turns an upload into a complete file. Repeated, it returns the same file.
   *
   * @throws `not_found` when the upload expired before it was complete
   */
  complete(file: FileRef): FileRef {
    const row = this.find(file.id);
    if (!row || row.state === "deleting") return notFound("file");
    if (row.file !== null) return JSON.parse(row.file) as FileRef;
    const charged = chargedBytes(file.sizeBytes);
    this.#charge(charged - row.sizeBytes);
    this.#sql.exec(
      "UPDATE files SET state = 'ready', file = ?, size_bytes = ?, plan = NULL, at = NULL WHERE id = ?",
      JSON.stringify(file),
      charged,
      file.id,
    );
    this.#deleteParts(file.id);
    return file;
  }

  /**
   * Claims files, all or none, for a message of a channel. The claim is valid until `untilMs`; afterwards the files stay claimed until the
   * room has answered whether it committed the message.
   *
   * @throws `not_found` when one is not a complete file of this user; `conflict` when one belongs to another message or claim, or is an
   *   avatar
   */
  claim({ key, channelId }: FileClaim, fileIds: readonly string[], nowMs: number): ClaimedFiles {
    const files = fileIds.map((fileId): FileRef => {
      const row = this.find(fileId);
      if (!row || row.file === null || row.state === "deleting") return notFound("file");
      if (row.state === "avatar") reject("conflict", "This file is an avatar");
      if (row.state === "carried" || (row.state === "claimed" && row.claim !== key))
        reject("conflict", "Another message carries this file");
      return JSON.parse(row.file) as FileRef;
    });
    for (const fileId of fileIds)
      this.#sql.exec(
        `UPDATE files SET since = iif(state = 'claimed', since, ?2), state = 'claimed', claim = ?3, channel_id = ?4,
           attempts = attempts + 1, at = ?2 + ${settleClaimAfterMs} WHERE id = ?1`,
        fileId,
        nowMs,
        key,
        channelId,
      );
    return { files, untilMs: nowMs + claimMs };
  }

  /** Ends the attempt that was valid until `untilMs`. The last attempt of a claim releases the files. */
  releaseClaim(key: string, fileIds: readonly string[], untilMs: number): void {
    for (const fileId of fileIds) {
      const row = this.find(fileId);
      if (row?.state !== "claimed" || row.claim !== key) continue;
      // The alarm released the claim of that attempt already; the attempts that are counted now began later.
      if (untilMs - claimMs < row.since) continue;
      if (row.attempts <= 1) this.makeReady(fileId);
      else this.#sql.exec("UPDATE files SET attempts = attempts - 1 WHERE id = ?", fileId);
    }
  }

  /** Records that a committed message carries a claimed file. */
  confirmClaim(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'carried', claim = NULL, attempts = 0, at = NULL WHERE id = ? AND state = 'claimed'",
      fileId,
    );
  }

  /** Releases a claimed file or a reserved avatar: only its uploader can read it again. */
  makeReady(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'ready', claim = NULL, channel_id = NULL, attempts = 0, at = NULL WHERE id = ? AND state IN ('claimed', 'avatar')",
      fileId,
    );
  }

  /** Reserves a file as the avatar that the announced change `expectation` sets. */
  reserveAvatar(fileId: string, expectation: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'avatar', claim = ? WHERE id = ? AND state IN ('ready', 'avatar')",
      expectation,
      fileId,
    );
  }

  /** Records that the account has, or had, this avatar. */
  confirmAvatar(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'avatar', worn = 1 WHERE id = ? AND state IN ('ready', 'avatar')",
      fileId,
    );
  }

  /** Stores the account's avatar at revision `rev`, unless a newer one is stored; returns the id of the stored one. */
  setCurrentAvatar(rev: number, fileId: string | null): string | null {
    this.#sql.exec(
      `INSERT INTO avatar (one, rev, file_id) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET rev = excluded.rev, file_id = excluded.file_id WHERE excluded.rev >= rev`,
      rev,
      fileId,
    );
    return this.#sql.exec<{ id: string | null }>("SELECT file_id AS id FROM avatar").one().id;
  }

  /** Returns who may read the file besides its uploader; undefined when not even the uploader may. */
  visibilityOf(fileId: string): FileVisibility | undefined {
    const row = this.find(fileId);
    if (!row || row.state === "uploading" || row.state === "deleting") return undefined;
    if (row.state === "avatar") return { kind: "avatar" };
    return row.channelId === null ? { kind: "own" } : { kind: "message", channelId: row.channelId };
  }

  /** Makes a file unreadable and schedules its deletion at `nowMs`. */
  markForDeletion(fileId: string, nowMs: number): void {
    this.#sql.exec(
      "UPDATE files SET state = 'deleting', claim = NULL, attempts = 0, at = ? WHERE id = ? AND state <> 'deleting'",
      nowMs,
      fileId,
    );
  }

  /** Marks a file for deletion if a message claims or carries it. */
  markCarriedForDeletion(fileId: string, nowMs: number): void {
    const state = this.find(fileId)?.state;
    if (state === "claimed" || state === "carried") this.markForDeletion(fileId, nowMs);
  }

  /** Schedules the alarm's next work on a file. */
  postpone(fileId: string, at: number, attempts: number): void {
    this.#sql.exec("UPDATE files SET at = ?, attempts = ? WHERE id = ?", at, attempts, fileId);
  }

  /**
   * Removes a file whose bytes and D1 row are deleted, and credits its bytes. The sender of an upload that was not complete may still be
   * writing, so the deletion of such an upload is repeated once, at `againAt`; undefined if nothing of it was written.
   */
  finishDeletion({ id, late }: FileRow, againAt: number | undefined): void {
    const row = this.find(id);
    if (row?.state !== "deleting" || row.late !== late) return;
    this.#charge(-row.sizeBytes);
    if (row.file === null && late === 0 && againAt !== undefined)
      this.#sql.exec(
        "UPDATE files SET late = 1, size_bytes = 0, attempts = 0, at = ? WHERE id = ?",
        againAt,
        id,
      );
    else this.#sql.exec("DELETE FROM files WHERE id = ?", id);
    this.#deleteParts(id);
  }

  #deleteParts(fileId: string): void {
    this.#sql.exec("DELETE FROM file_parts WHERE file_id = ?", fileId);
  }

  #charge(bytes: number): void {
    this.#sql.exec("UPDATE file_space SET size_bytes = size_bytes + ?", bytes);
  }
}
