import { LruMap } from "../../lib/lru-map.ts";
import type { FoundFile } from "./file-queries.ts";

/** Rows kept in one isolate, about 1 KB each. */
const maxRows = 1_000;

const rows = new LruMap<string, FoundFile>(maxRows);

const keyOf = (userId: string, fileId: string): string => `${userId} ${fileId}`;

/**
 * The rows of files that a user uploaded or read through this isolate lately. The name, type, hash and key of a complete file never change,
 * so a row saves the query of D1 for the next range or revalidation. It permits nothing: the hub and the room are asked each time, and if
 * they reject the user, the row is dropped and D1 is asked. Rows are kept for each user, so that the duration of a response shows nothing
 * about files that only others read.
 */
export const recentFiles = {
  find: (userId: string, fileId: string): FoundFile | undefined => rows.get(keyOf(userId, fileId)),
  add: (userId: string, file: FoundFile): void => rows.set(keyOf(userId, file.id), file),
  drop: (userId: string, fileId: string): void => rows.delete(keyOf(userId, fileId)),
};
