/** Facts that a decision needs from outside the room, fetched before the command joins the queue. */
export interface Prepared<Facts> {
  facts: Facts;
  /** Releases what was reserved, when the command was rejected or changed nothing. */
  undo?: () => Promise<void>;
}
