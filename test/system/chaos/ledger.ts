import type { CommandType } from "../../../src/client/index.ts";

/** A message or reply that somebody sent, by its content, which nobody else sends. */
export interface Sent {
  content: string;
  channelId: string;
  /** `refused`: it is not there. `unknown`: its sender knows that it may be. */
  state: "pending" | "acknowledged" | "refused" | "unknown";
  /** Of the acknowledgement. */
  message?: { id: string; seq: number };
  refusal?: string;
}

/** Everything that was sent in a run, and what its sender knows of it. */
export class Ledger {
  readonly sent = new Map<string, Sent>();
  /** How many of the unknown ones turned out to be there. */
  found = 0;
  /** Commands that make no message, by what came of them. */
  readonly others = new Map<string, number>();

  open(content: string, channelId: string): Sent {
    const sent: Sent = { content, channelId, state: "pending" };
    this.sent.set(content, sent);
    return sent;
  }

  note(type: CommandType, outcome: string): void {
    const key = `${type} ${outcome}`;
    this.others.set(key, (this.others.get(key) ?? 0) + 1);
  }

  /** What was refused, by why. */
  get refusals(): Record<string, number> {
    const refusals: Record<string, number> = {};
    for (const { state, refusal = "" } of this.sent.values())
      if (state === "refused") refusals[refusal] = (refusals[refusal] ?? 0) + 1;
    return refusals;
  }

  count(state: Sent["state"]): number {
    let count = 0;
    for (const sent of this.sent.values()) if (sent.state === state) count++;
    return count;
  }
}
