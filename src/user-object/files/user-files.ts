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
import { fileColumns as columns, type FileRow, type FileState, type UploadTarget } from "./file-rows.ts";

/** An upload in one request that did not end by then never will. */
const singleRequestUploadMs = 15 * 60_000;
/** A claim is good for so long; whether a message came of it is asked later, when none can any more. */
const claimMs = 5_000;
const settleClaimAfterMs = 10_000;

/** The files of a user, from before the first byte until the last is gone. Everything that changes them wants a commit. */
export class UserFiles {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(fileId: string): FileRow | undefined {
    return this.#select("id = ?", fileId)[0];
  }

  /** Those that the alarm is to see to by now, of these states. */
  scheduledUntil(nowMs: number, states: readonly FileState[], limit: number): FileRow[] {
    return this.#select(
      "at <= ? AND state IN (SELECT value FROM json_each(?)) ORDER BY at LIMIT ?",
      nowMs,
      JSON.stringify(states),
      limit,
    );
  }

  nextScheduledAt(): number | undefined {
    return (
      this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM files WHERE at IS NOT NULL").one()
        .at ?? undefined
    );
  }

  avatars(): FileRow[] {
    return this.#select("state = 'avatar'");
  }

  #select(which: string, ...values: (string | number)[]): FileRow[] {
    return this.#sql.exec<FileRow>(`SELECT ${columns} FROM files WHERE ${which}`, ...values).toArray();
  }

  /**
   * Makes room for a file. An upload in parts is charged as its parts arrive. Repeated, it changes nothing.
   *
   * @throws `quota_exceeded` where the whole file would take more than `quotaBytes` with all others of this user; `conflict` where
   * `openUploads` uploads in parts are open already.
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
      reject("conflict", `You have ${open.length} open uploads: complete or cancel one of them`, {
        issues: open.map(({ id }) => ({ path: id, message: "Open" })),
      });
  }

  #requireSpace(bytes: number, quotaBytes: number): void {
    const { taken } = this.#sql.exec<{ taken: number }>("SELECT size_bytes AS taken FROM file_space").one();
    if (taken + bytes > quotaBytes) reject("quota_exceeded", "Your files take all the space that you have");
  }

  /** The upload in parts, as it was begun, and what R2 has of it. `not_found`: it is complete, gone, or came in one request. */
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

  /** As `upload`, before a part is stored. `quota_exceeded`: there is no room for it. */
  openUploadWithSpace(fileId: string, part: number, quotaBytes: number): OpenUpload {
    const upload = this.openUpload(fileId);
    const isNew = !upload.received.some((stored) => stored.part === part);
    if (isNew) this.#requireSpace(sizeOfPart(upload.plan, part), quotaBytes);
    return upload;
  }

  /**
   * Notes that R2 has this part, in the place of an earlier one. A new part is charged and extends the upload's life by `uploadMs`.
   *
   * @returns what all noted parts are charged.
   * @throws `quota_exceeded`; then nothing was noted.
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

  /** The upload is a file now. `not_found`: it was swept meanwhile. Told again, it is the same file. */
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
   * Holds the files, all or none, for a message of that channel: until `untilMs`, and then until the room was asked. `not_found`: one
   * is unknown or not complete; `conflict`: one belongs to another message, to another claim, or is an avatar.
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

  /** The attempt that was good until `untilMs` came to nothing; the last one lets the files go. */
  releaseClaim(key: string, fileIds: readonly string[], untilMs: number): void {
    for (const fileId of fileIds) {
      const row = this.find(fileId);
      if (row?.state !== "claimed" || row.claim !== key) continue;
      // The alarm took it back already: those that are counted now came after it.
      if (untilMs - claimMs < row.since) continue;
      if (row.attempts <= 1) this.makeReady(fileId);
      else this.#sql.exec("UPDATE files SET attempts = attempts - 1 WHERE id = ?", fileId);
    }
  }

  /** A message carries it. */
  confirmClaim(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'carried', claim = NULL, attempts = 0, at = NULL WHERE id = ? AND state = 'claimed'",
      fileId,
    );
  }

  /** It is its uploader's alone again. */
  makeReady(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'ready', claim = NULL, channel_id = NULL, attempts = 0, at = NULL WHERE id = ? AND state IN ('claimed', 'avatar')",
      fileId,
    );
  }

  /** An avatar from now on, if the change `expected` comes to pass. */
  reserveAvatar(fileId: string, expected: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'avatar', claim = ? WHERE id = ? AND state IN ('ready', 'avatar')",
      expected,
      fileId,
    );
  }

  /** The account had this avatar, now or before. */
  confirmAvatar(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'avatar', worn = 1 WHERE id = ? AND state IN ('ready', 'avatar')",
      fileId,
    );
  }

  /** The account's avatar at `rev`; gives the newest that is known. */
  setCurrentAvatar(rev: number, fileId: string | null): string | null {
    this.#sql.exec(
      `INSERT INTO avatar (one, rev, file_id) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET rev = excluded.rev, file_id = excluded.file_id WHERE excluded.rev >= rev`,
      rev,
      fileId,
    );
    return this.#sql.exec<{ id: string | null }>("SELECT file_id AS id FROM avatar").one().id;
  }

  /** Who reads it besides its uploader. Undefined: nobody reads it, not even they. */
  visibilityOf(fileId: string): FileVisibility | undefined {
    const row = this.find(fileId);
    if (!row || row.state === "uploading" || row.state === "deleting") return undefined;
    if (row.state === "avatar") return { kind: "avatar" };
    return row.channelId === null ? { kind: "own" } : { kind: "message", channelId: row.channelId };
  }

  /** From here on nobody reads it, and it goes: at `nowMs`, and by the alarm until it is gone. */
  markForDeletion(fileId: string, nowMs: number): void {
    this.#sql.exec(
      "UPDATE files SET state = 'deleting', claim = NULL, attempts = 0, at = ? WHERE id = ? AND state <> 'deleting'",
      nowMs,
      fileId,
    );
  }

  /** As `mark`, of what a message carried. */
  markCarriedForDeletion(fileId: string, nowMs: number): void {
    const state = this.find(fileId)?.state;
    if (state === "claimed" || state === "carried") this.markForDeletion(fileId, nowMs);
  }

  postpone(fileId: string, at: number, attempts: number): void {
    this.#sql.exec("UPDATE files SET at = ?, attempts = ? WHERE id = ?", at, attempts, fileId);
  }

  /**
   * Its bytes and its row are gone, and with them what it was charged. Of an upload that was not complete, whoever sent it may still be
   * writing: it is looked after once more, at `againAt`.
   */
  finishDeletion({ id, late }: FileRow, againAt: number): void {
    const row = this.find(id);
    if (row?.state !== "deleting" || row.late !== late) return;
    this.#charge(-row.sizeBytes);
    if (row.file === null && late === 0)
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

/** What a user may have, and for how long. */
export interface UploadLimits {
  quotaBytes: number;
  /** How long an upload in parts lives after its last new part. */
  uploadMs: number;
  /** Uploads in parts that may be open. */
  openUploads: number;
}

/** An upload in parts, and what R2 has of it. */
export interface OpenUpload {
  plan: PartsPlan & UploadTarget;
  received: StoredPart[];
}
