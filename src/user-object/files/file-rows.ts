import type { Migration } from "../../durable/migrations.ts";

/**
 * `state`: `uploading`, `ready`, `claimed` for a message that may come, `carried` by one, `avatar`, `deleting`. `file`: of a complete
 * one, as the contract has it. `claim`: by whom it is claimed, without a break `since`; of an avatar, the change that is to make it one.
 * `size_bytes`: what it is charged. `attempts`: of a claim, those under way; of a deletion, those that failed. `late`: deleted before it was complete, and looked after
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

export type FileState = "uploading" | "ready" | "claimed" | "carried" | "avatar" | "deleting";

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

export const fileColumns =
  "id, state, key, size_bytes AS sizeBytes, plan, file, claim, channel_id AS channelId, since, attempts, late, worn, at";

/** Where an upload's bytes go, how many are to come, and until when it waits for the next part. */
export interface UploadTarget {
  key: string;
  sizeBytes: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}
