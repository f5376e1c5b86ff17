import type { AttachedFile } from "../../domain/files.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { Message } from "../../protocol/index.ts";

/** Creates the table of files that messages carry. `dropped_seq` is the `seq` of the event that deleted the message; 0 before that. */
export const createCarriedFileTable: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE carried_files (
      file_id TEXT PRIMARY KEY,
      message_id TEXT NOT NULL,
      uploader_id TEXT NOT NULL,
      dropped_seq INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX carried_files_dropped ON carried_files (dropped_seq) WHERE dropped_seq > 0;
  `);
};

/** A file whose message was deleted, by the event `seq`. */
export type DroppedFile = { fileId: string; uploaderId: string; seq: number };

const isOneOf = "file_id IN (SELECT value FROM json_each(?))";

/** The files that the room's messages carry, and those of messages that were deleted. */
export class CarriedFileTable {
  readonly #sql: SqlStorage;
  #droppedHead: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insertFilesOf({ id, files }: Message): void {
    for (const { id: fileId, uploaderId } of files)
      this.#sql.exec(
        "INSERT INTO carried_files (file_id, message_id, uploader_id) VALUES (?, ?, ?)",
        fileId,
        id,
        uploaderId,
      );
  }

  /** Marks files as dropped by the event `seq`, which deleted their message. */
  markDropped(fileIds: readonly string[], seq: number): void {
    if (fileIds.length === 0) return;
    this.#sql.exec(`UPDATE carried_files SET dropped_seq = ? WHERE ${isOneOf}`, seq, JSON.stringify(fileIds));
    this.#droppedHead = seq;
  }

  /** Returns those of these files that a message of the room carries or carried. */
  find(fileIds: readonly string[]): AttachedFile[] {
    return this.#sql
      .exec<{ fileId: string; messageId: string; dropped: number }>(
        `SELECT file_id AS fileId, message_id AS messageId, dropped_seq AS dropped FROM carried_files WHERE ${isOneOf}`,
        JSON.stringify(fileIds),
      )
      .toArray()
      .map(({ fileId, messageId, dropped }) => ({ fileId, messageId, deleted: dropped > 0 }));
  }

  /** The `seq` of the last event that deleted a message with files; 0 before the first. */
  get droppedHead(): number {
    return (this.#droppedHead ??= this.#sql
      .exec<{ seq: number }>(
        "SELECT coalesce(max(dropped_seq), 0) AS seq FROM carried_files WHERE dropped_seq > 0",
      )
      .one().seq);
  }

  /** Returns the files of the next `limit` messages that were deleted after the event `seq`, in that order. */
  droppedAfter(seq: number, limit: number): DroppedFile[] {
    return this.#sql
      .exec<DroppedFile>(
        `SELECT file_id AS fileId, uploader_id AS uploaderId, dropped_seq AS seq FROM carried_files
         WHERE dropped_seq IN (SELECT DISTINCT dropped_seq FROM carried_files WHERE dropped_seq > 0 AND dropped_seq > ? ORDER BY dropped_seq LIMIT ?)
         ORDER BY dropped_seq`,
        seq,
        limit,
      )
      .toArray();
  }

  /** Clears the cached value after a transaction was rolled back. */
  clearCache(): void {
    this.#droppedHead = undefined;
  }
}
