import type { CommandType } from "../../../src/client/index.ts";

/** A message or reply that a device sent, identified by its unique content. */
export interface Sent {
  content: string;
  channelId: string;
  /** `rejected`: certainly not committed. `unknown`: the error's `mayHaveHappened` is true. */
  state: "pending" | "acknowledged" | "rejected" | "unknown";
  /** From the acknowledgement. */
  message?: { id: string; seq: number };
  rejection?: string;
}

/** All messages that were sent in a run, with the outcome that the sender received. */
export class Ledger {
  readonly sent = new Map<string, Sent>();
  /** How many messages with an unknown outcome are in the log. */
  unknownFound = 0;
  /** Commands that create no message, by type and outcome. */
  readonly otherOutcomes = new Map<string, number>();

  add(content: string, channelId: string): Sent {
    const sent: Sent = { content, channelId, state: "pending" };
    this.sent.set(content, sent);
    return sent;
  }

  countOutcome(type: CommandType, outcome: string): void {
    const key = `${type} ${outcome}`;
    this.otherOutcomes.set(key, (this.otherOutcomes.get(key) ?? 0) + 1);
  }

  /** The number of rejected messages, by error. */
  get rejections(): Record<string, number> {
    const refusals: Record<string, number> = {};
    for (const { state, rejection = "" } of this.sent.values())
      if (state === "rejected") refusals[rejection] = (refusals[rejection] ?? 0) + 1;
    return refusals;
  }

  count(state: Sent["state"]): number {
    let count = 0;
    for (const sent of this.sent.values()) if (sent.state === state) count++;
    return count;
  }
}
