/** What a decision needs and the room can't know, fetched before the command joins the queue. */
export interface Prepared<Facts> {
  facts: Facts;
  /** Takes back what was reserved, when the command was refused or changed nothing. */
  undo?: () => Promise<void>;
}
