import { notFound, refuse } from "../core/app-error.ts";
import type {
  ClaimedFiles,
  FileClaim,
  FileStanding,
  PartsPlan,
  Reservation,
  StoredPart,
} from "../core/files.ts";
import type { Migration } from "../log/migrations.ts";
import type { FileRef } from "../protocol/index.ts";

/**
 * `state`: `uploading`, `ready`, `claimed` for a message that may come, `carried` by one, `avatar`, `deleting`. `file`: of a complete
 * one, as the contract has it. `claim`: by whom it is claimed, without a break `since`; of an avatar, the change that is to make it one.
 * `attempts`: of a claim, those under way; of a deletion, those that failed. `late`: deleted before it was complete, and looked after
 * once more. `worn`: it was the account's avatar. `at`: when the alarm sees to it.
 */
export const createFiles: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE files (
      id TEXT PRIMARY KEY,
      state TEXT NOT NULL,
      key TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,
      plan TEXT,
      file TEXT,
      claim TEXT,
      channel_id TEXT,
      since INTEGER NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0,
      late INTEGER NOT NULL DEFAULT 0,
      worn INTEGER NOT NULL DEFAULT 0,
      at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX files_by_time ON files (at) WHERE at IS NOT NULL;
    CREATE INDEX files_avatars ON files (id) WHERE state = 'avatar';
    CREATE TABLE file_parts (
      file_id TEXT NOT NULL,
      part INTEGER NOT NULL,
      etag TEXT NOT NULL,
      PRIMARY KEY (file_id, part)
    ) WITHOUT ROWID;
    CREATE TABLE avatar (one INTEGER PRIMARY KEY CHECK (one = 1), rev INTEGER NOT NULL, file_id TEXT);
    CREATE TABLE file_space (one INTEGER PRIMARY KEY CHECK (one = 1), size_bytes INTEGER NOT NULL);
    INSERT INTO file_space (one, size_bytes) VALUES (1, 0)`);
};

type FileState = "uploading" | "ready" | "claimed" | "carried" | "avatar" | "deleting";

export type FileRow = {
  id: string;
  state: FileState;
  key: string;
  sizeBytes: number;
  plan: string | null;
  file: string | null;
  claim: string | null;
  channelId: string | null;
  since: number;
  attempts: number;
  late: number;
  worn: number;
  at: number | null;
};

const columns =
  "id, state, key, size_bytes AS sizeBytes, plan, file, claim, channel_id AS channelId, since, attempts, late, worn, at";

/** An upload in one request that did not end by then never will. */
const plainUploadMs = 15 * 60_000;
/** A claim is good for so long; whether a message came of it is asked later, when none can any more. */
const claimMs = 5_000;
const settleMs = 10_000;

/** The files of a user, from before the first byte until the last is gone. Everything that changes them wants a commit. */
export class Files {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(fileId: string): FileRow | undefined {
    return this.#select("id = ?", fileId)[0];
  }

  /** Those that the alarm is to see to by now, of these states. */
  due(nowMs: number, states: readonly FileState[], limit: number): FileRow[] {
    return this.#select(
      "at <= ? AND state IN (SELECT value FROM json_each(?)) ORDER BY at LIMIT ?",
      nowMs,
      JSON.stringify(states),
      limit,
    );
  }

  nextAt(): number | undefined {
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

  /** Refuses `quota_exceeded`: all files of this user together take at most `quotaBytes`. Asked again it changes nothing. */
  reserve(
    { fileId, key, sizeBytes, parts }: Reservation,
    nowMs: number,
    { quotaBytes, uploadMs }: { quotaBytes: number; uploadMs: number },
  ): void {
    if (this.find(fileId)) return;
    const { taken } = this.#sql.exec<{ taken: number }>("SELECT size_bytes AS taken FROM file_space").one();
    if (taken + sizeBytes > quotaBytes)
      refuse("quota_exceeded", "Your files take all the space that you have");
    this.#charge(sizeBytes);
    this.#sql.exec(
      "INSERT INTO files (id, state, key, size_bytes, plan, at) VALUES (?, 'uploading', ?, ?, ?, ?)",
      fileId,
      key,
      sizeBytes,
      parts ? JSON.stringify(parts) : null,
      nowMs + (parts ? uploadMs : plainUploadMs),
    );
  }

  /** The upload in parts, as it was begun, and what R2 has of it. `not_found`: it is complete, gone, or came in one request. */
  upload(fileId: string): { plan: PartsPlan & UploadPlace; received: StoredPart[] } {
    const { key, sizeBytes, at, plan } = this.#uploading(fileId);
    const received = this.#sql
      .exec<{ part: number; etag: string }>(
        "SELECT part, etag FROM file_parts WHERE file_id = ? ORDER BY part",
        fileId,
      )
      .toArray();
    return {
      plan: { ...(JSON.parse(plan) as PartsPlan), key, sizeBytes, expiresAt: at },
      received,
    };
  }

  /** R2 has this part, in the place of an earlier one; the upload lives `uploadMs` longer. */
  notePart(fileId: string, { part, etag }: StoredPart, nowMs: number, uploadMs: number): void {
    this.#uploading(fileId);
    this.#sql.exec(
      "INSERT INTO file_parts (file_id, part, etag) VALUES (?, ?, ?) ON CONFLICT (file_id, part) DO UPDATE SET etag = excluded.etag",
      fileId,
      part,
      etag,
    );
    this.#sql.exec("UPDATE files SET at = ? WHERE id = ?", nowMs + uploadMs, fileId);
  }

  #uploading(fileId: string): FileRow & { plan: string; at: number } {
    const row = this.find(fileId);
    if (row?.state !== "uploading" || row.plan === null || row.at === null) return notFound("file");
    return { ...row, plan: row.plan, at: row.at };
  }

  /** The upload is a file now. `not_found`: it was swept meanwhile. Told again, it is the same file. */
  finish(file: FileRef): FileRef {
    const row = this.find(file.id);
    if (!row || row.state === "deleting") return notFound("file");
    if (row.file !== null) return JSON.parse(row.file) as FileRef;
    this.#charge(file.sizeBytes - row.sizeBytes);
    this.#sql.exec(
      "UPDATE files SET state = 'ready', file = ?, size_bytes = ?, plan = NULL, at = NULL WHERE id = ?",
      JSON.stringify(file),
      file.sizeBytes,
      file.id,
    );
    this.#forgetParts(file.id);
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
      if (row.state === "avatar") refuse("conflict", "This file is an avatar");
      if (row.state === "carried" || (row.state === "claimed" && row.claim !== key))
        refuse("conflict", "Another message carries this file");
      return JSON.parse(row.file) as FileRef;
    });
    for (const fileId of fileIds)
      this.#sql.exec(
        `UPDATE files SET since = iif(state = 'claimed', since, ?2), state = 'claimed', claim = ?3, channel_id = ?4,
           attempts = attempts + 1, at = ?2 + ${settleMs} WHERE id = ?1`,
        fileId,
        nowMs,
        key,
        channelId,
      );
    return { files, untilMs: nowMs + claimMs };
  }

  /** The attempt that was good until `untilMs` came to nothing; the last one lets the files go. */
  release(key: string, fileIds: readonly string[], untilMs: number): void {
    for (const fileId of fileIds) {
      const row = this.find(fileId);
      if (row?.state !== "claimed" || row.claim !== key) continue;
      // The alarm took it back already: those that are counted now came after it.
      if (untilMs - claimMs < row.since) continue;
      if (row.attempts <= 1) this.letGo(fileId);
      else this.#sql.exec("UPDATE files SET attempts = attempts - 1 WHERE id = ?", fileId);
    }
  }

  /** A message carries it. */
  carried(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'carried', claim = NULL, attempts = 0, at = NULL WHERE id = ? AND state = 'claimed'",
      fileId,
    );
  }

  /** It is its uploader's alone again. */
  letGo(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'ready', claim = NULL, channel_id = NULL, attempts = 0, at = NULL WHERE id = ? AND state IN ('claimed', 'avatar')",
      fileId,
    );
  }

  /** An avatar from now on, if the change `expected` comes to pass. */
  expectAvatar(fileId: string, expected: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'avatar', claim = ? WHERE id = ? AND state IN ('ready', 'avatar')",
      expected,
      fileId,
    );
  }

  /** The account had this avatar, now or before. */
  wear(fileId: string): void {
    this.#sql.exec(
      "UPDATE files SET state = 'avatar', worn = 1 WHERE id = ? AND state IN ('ready', 'avatar')",
      fileId,
    );
  }

  /** The account's avatar at `rev`; gives the newest that is known. */
  learnAvatar(rev: number, fileId: string | null): string | null {
    this.#sql.exec(
      `INSERT INTO avatar (one, rev, file_id) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET rev = excluded.rev, file_id = excluded.file_id WHERE excluded.rev >= rev`,
      rev,
      fileId,
    );
    return this.#sql.exec<{ id: string | null }>("SELECT file_id AS id FROM avatar").one().id;
  }

  /** Who reads it besides its uploader. Undefined: nobody reads it, not even they. */
  standing(fileId: string): FileStanding | undefined {
    const row = this.find(fileId);
    if (!row || row.state === "uploading" || row.state === "deleting") return undefined;
    if (row.state === "avatar") return { kind: "avatar" };
    return row.channelId === null ? { kind: "own" } : { kind: "message", channelId: row.channelId };
  }

  /** From here on nobody reads it, and it goes: at `nowMs`, and by the alarm until it is gone. */
  mark(fileId: string, nowMs: number): void {
    this.#sql.exec(
      "UPDATE files SET state = 'deleting', claim = NULL, attempts = 0, at = ? WHERE id = ? AND state <> 'deleting'",
      nowMs,
      fileId,
    );
  }

  /** As `mark`, of what a message carried. */
  drop(fileId: string, nowMs: number): void {
    const state = this.find(fileId)?.state;
    if (state === "claimed" || state === "carried") this.mark(fileId, nowMs);
  }

  postpone(fileId: string, at: number, attempts: number): void {
    this.#sql.exec("UPDATE files SET at = ?, attempts = ? WHERE id = ?", at, attempts, fileId);
  }

  /**
   * Its bytes and its row are gone, and with them what it was charged. Of an upload that was not complete, whoever sent it may still be
   * writing: it is looked after once more, at `againAt`.
   */
  removed({ id, late }: FileRow, againAt: number): void {
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
    this.#forgetParts(id);
  }

  #forgetParts(fileId: string): void {
    this.#sql.exec("DELETE FROM file_parts WHERE file_id = ?", fileId);
  }

  #charge(bytes: number): void {
    this.#sql.exec("UPDATE file_space SET size_bytes = size_bytes + ?", bytes);
  }
}

/** Where an upload's bytes go, how many are to come, and until when it waits for the next part. */
export interface UploadPlace {
  key: string;
  sizeBytes: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}
