import { Series } from "./series.ts";

const phrases = [
  "has anyone tried the new release on a laptop yet?",
  "yes, it works here, but you have to remove the old package first or the update stops half way",
  "thanks!",
  "I get 'permission denied' when I run that, should I be using sudo for it",
  "check the log first, then paste the last ten lines somewhere so that we can see what it says",
  "ok one moment",
  "that was a bug in the version before this one, see the tracker; it was fixed on Monday",
  "what does the second column mean?",
];

/** All messages of a cell, numbered from 0: when each was scheduled, when it was acknowledged, and with which `seq`. */
export class Ledger {
  private readonly dueTimes = new Series();
  private readonly ackedSeq = new Map<number, number | null>();
  readonly problems: string[] = [];
  /** Two entries for each acknowledgement: the scheduled time and the latency. */
  private readonly acks = new Series();

  get sent(): number {
    return this.dueTimes.length;
  }

  get acked(): number {
    return this.ackedSeq.size;
  }

  add(dueMs: number): number {
    this.dueTimes.push(dueMs);
    return this.dueTimes.length - 1;
  }

  dueMs(message: number): number {
    return this.dueTimes.at(message);
  }

  ack(message: number, seq: number | null, nowMs: number): void {
    if (!(message >= 0 && message < this.sent))
      this.addProblem(`received a reply to message ${message}, which was not sent`);
    else if (this.ackedSeq.has(message)) this.addProblem(`message ${message} was acknowledged twice`);
    else {
      this.ackedSeq.set(message, seq);
      this.acks.push(this.dueTimes.at(message));
      this.acks.push(nowMs - this.dueTimes.at(message));
    }
  }

  seqOf(message: number): number | null | undefined {
    return this.ackedSeq.get(message);
  }

  /** Returns the acknowledgement latencies of messages that were scheduled in this window, in ms. */
  ackLatencies(fromMs: number, toMs: number): Series {
    const latencies = new Series();
    for (let i = 0; i < this.acks.length; i += 2) {
      if (this.acks.at(i) >= fromMs && this.acks.at(i) < toMs) latencies.push(this.acks.at(i + 1));
    }
    return latencies;
  }

  addProblem(text: string): void {
    if (this.problems.length < 20) this.problems.push(text);
  }
}

/** Makes the content of a message, which contains its number, so that the verifier can identify it. */
export const contentOf = (message: number): string => `#${message} ${phrases[message % phrases.length]}`;

export const messageOf = (content: string): number => Number(/^#(\d+) /.exec(content)?.[1] ?? Number.NaN);
