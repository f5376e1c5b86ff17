import { type Ledger, contentOf } from "./ledger.ts";
import type { Job } from "./job.ts";
import type { Member } from "./member.ts";
import type { Wire } from "./wire.ts";

/** Makes the senders send. After `stop`, the caller waits for the messages in flight. */
export class Traffic {
  private running = false;
  private readonly run = Math.random().toString(36).slice(2, 8);
  private readonly job: Job;
  private readonly wire: Wire;
  private readonly senders: Member[];
  private readonly ledger: Ledger;

  constructor(job: Job, wire: Wire, senders: Member[], ledger: Ledger) {
    [this.job, this.wire, this.senders, this.ledger] = [job, wire, senders, ledger];
  }

  start(): void {
    this.running = true;
    for (const sender of this.senders) this.listen(sender);
    if (this.job.pace.kind === "open") this.sendAtRate(1_000 / this.job.pace.perSecond);
    else
      for (const sender of this.senders)
        for (let i = 0; i < this.job.pace.inFlight; i++) this.send(sender, performance.now());
  }

  stop(): void {
    this.running = false;
  }

  private listen(sender: Member): void {
    const closedLoop = this.job.pace.kind === "closed";
    sender.onAnswers = (answers) => {
      const now = performance.now();
      for (const { id, seq, error } of answers) {
        if (error === null) this.ledger.ack(id - 1, seq, now);
        else this.ledger.addProblem(`message ${id - 1} was rejected: ${error}`);
        if (closedLoop && this.running && error === null) this.send(sender, now);
      }
    };
  }

  private send(sender: Member, dueMs: number): void {
    const message = this.ledger.add(dueMs);
    sender.send(
      this.wire.create(message + 1, this.job.channelId, contentOf(message), `${this.run}-${message}`),
    );
  }

  /**
   * Sends at a fixed rate. Timers are exact only to a millisecond, so this sleeps until shortly before the scheduled time and then spins
   * on the event loop. Remaining delays count as latency, which starts at the scheduled time.
   */
  private sendAtRate(intervalMs: number): void {
    const start = performance.now();
    const turn = (): void => {
      if (!this.running) return;
      const due = start + this.ledger.sent * intervalMs;
      const wait = due - performance.now();
      if (wait > 2) return void setTimeout(turn, wait - 2);
      if (wait <= 0) this.send(this.senders[this.ledger.sent % this.senders.length]!, due);
      setImmediate(turn);
    };
    turn();
  }
}
