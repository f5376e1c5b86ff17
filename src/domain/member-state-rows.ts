import type { NotificationLevel } from "../protocol/index.ts";

/** What concerns one member alone, as it leaves the room: `rev` grows with each change, and the higher one wins. */
export type ReaderRow = { userId: string; lastReadSeq: number; level: NotificationLevel; rev: number };

/** Up to where a member has read; `rev` grows with each reading. */
export type ReadRow = { userId: string; lastReadSeq: number; rev: number };

/** A reading of the channel, or of one of its threads. */
export type ReadingRow = ReadRow & { rootId?: string };

/** As `ReaderRow`, of one thread. `following`: 0 or 1. */
export type FollowerRow = {
  rootId: string;
  userId: string;
  following: number;
  lastReadSeq: number;
  rev: number;
};
