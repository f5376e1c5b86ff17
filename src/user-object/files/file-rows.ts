import type { PartsPlan, StoredPart } from "../../domain/files.ts";
import type { Migration } from "../../durable/migrations.ts";

/**
 * Creates the tables of files. Columns of `files`:
 *
 * - `state`: see `FileState`.
 * - `size_bytes`: the bytes charged to the user's quota.
 * - `plan`: JSON of the `PartsPlan` of an upload in parts, until it is complete.
 * - `file`: JSON of the `FileRef` of a complete file.
 * - `claim`: the key of the claim, which has lasted without interruption `since`; of a reserved avatar, the key of the announced change.
 * - `channel_id`: the channel of the message that claims or carries the file.
 * - `attempts`: of a claim, the attempts in progress; of a deletion, those that failed.
 * - `late`: 1 after the deletion of an upload that was not complete; it is deleted a second time, because its sender may still have been
 *   writing.
 * - `worn`: 1 if the file is or was the account's avatar.
 * - `at`: when the alarm works on the file, ms since 1970.
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

/**
 * `uploading`: not complete. `ready`: complete and unused. `claimed`: a message that carries it may be committed. `carried`: a committed
 * message carries it. `avatar`: it is, was or is reserved as the account's avatar. `deleting`: unreadable and being deleted.
 */
export type FileState = "uploading" | "ready" | "claimed" | "carried" | "avatar" | "deleting";

/** A row of `files`; `createFiles` describes the columns. */
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

/** The columns of `FileRow` for a SELECT. */
export const fileColumns =
  "id, state, key, size_bytes AS sizeBytes, plan, file, claim, channel_id AS channelId, since, attempts, late, worn, at";

/** The target of an upload: its R2 key, its announced size, and when it expires without a further part. */
export interface UploadTarget {
  key: string;
  sizeBytes: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** The limits of uploads, from the configuration. */
export interface UploadLimits {
  /** What all files of the user may take together. */
  quotaBytes: number;
  /** How long after its last new part an upload in parts expires. */
  uploadMs: number;
  /** How many uploads in parts may be open. */
  openUploads: number;
}

/** An upload in parts, with the parts that R2 has. */
export interface OpenUpload {
  plan: PartsPlan & UploadTarget;
  received: StoredPart[];
}
