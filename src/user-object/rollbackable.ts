/**
 * A part of an object's state that keeps stored rows, or what a commit is to send afterwards, in memory.
 * `HubState` finds its parts with this method by itself, so a new part only has to have it.
 */
export interface Rollbackable {
  /** Discards what memory holds after a transaction was rolled back; the next read loads it from SQLite. */
  invalidate(): void;
}

/** Returns whether a part keeps anything in memory that a rollback makes wrong. */
export const isRollbackable = (part: unknown): part is Rollbackable =>
  typeof part === "object" && part !== null && typeof (part as Rollbackable).invalidate === "function";
