import type { NotificationLevel } from "../protocol/index.ts";

/**
 * A member's read state of the channel, as the room sends it to D1. `rev` is the room's revision of the row: it grows with each
 * change, and a receiver keeps the row with the higher one.
 */
export type ReaderRow = {
  kind: "readState";
  userId: string;
  lastReadSeq: number;
  level: NotificationLevel;
  rev: number;
};

/** A member's read position in the channel; `rev` grows with each read. */
export type ReadRow = { kind: "readPosition"; userId: string; lastReadSeq: number; rev: number };

/** A member's state in a thread. `following` is 0 or 1. */
export type FollowerRow = {
  kind: "follow";
  rootId: string;
  userId: string;
  following: number;
  lastReadSeq: number;
  rev: number;
};

/** State that belongs to one member and has no event: their read state in the channel, or whether they follow a thread. */
export type MemberStateRow = ReaderRow | FollowerRow;

/** A member's read position in the channel, or in a thread. */
export type ReadPositionRow = ReadRow | FollowerRow;
