import type { AttachedFile } from "../../domain/files.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { Message } from "../../protocol/index.ts";

/** `dropped_seq`: the event that deleted its message; 0 while that carries it. */
export const createCarriedFiles: Migration = (sql) => {
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

/** A file whose message was deleted by the event `seq`. */
export type DroppedFile = { fileId: string; uploaderId: string; seq: number };

const isOneOf = "file_id IN (SELECT value FROM json_each(?))";

/** Which files the room's messages carry, and which they carried until they were deleted. */
export class FileState {
  readonly #sql: SqlStorage;
  #droppedHead: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  carry({ id, files }: Message): void {
    for (const { id: fileId, uploaderId } of files)
      this.#sql.exec(
        "INSERT INTO carried_files (file_id, message_id, uploader_id) VALUES (?, ?, ?)",
        fileId,
        id,
        uploaderId,
      );
  }

  /** The event `seq` deleted their message. */
  drop(fileIds: readonly string[], seq: number): void {
    if (fileIds.length === 0) return;
    this.#sql.exec(`UPDATE carried_files SET dropped_seq = ? WHERE ${isOneOf}`, seq, JSON.stringify(fileIds));
    this.#droppedHead = seq;
  }

  /** Those of these files that the room knows. */
  find(fileIds: readonly string[]): AttachedFile[] {
    return this.#sql
      .exec<{ fileId: string; messageId: string; dropped: number }>(
        `SELECT file_id AS fileId, message_id AS messageId, dropped_seq AS dropped FROM carried_files WHERE ${isOneOf}`,
        JSON.stringify(fileIds),
      )
      .toArray()
      .map(({ fileId, messageId, dropped }) => ({ fileId, messageId, deleted: dropped > 0 }));
  }

  /** The last event that deleted a message with files; 0 before the first. */
  get droppedHead(): number {
    return (this.#droppedHead ??= this.#sql
      .exec<{ seq: number }>(
        "SELECT coalesce(max(dropped_seq), 0) AS seq FROM carried_files WHERE dropped_seq > 0",
      )
      .one().seq);
  }

  /** Files of messages that were deleted after the event `seq`, in that order: all those of some `limit` messages. */
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

  /** What memory holds may have been rolled back. */
  forget(): void {
    this.#droppedHead = undefined;
  }
}
