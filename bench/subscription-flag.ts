/**
 * Compares what a commit does for projections in a room without subscriptions, without and with the test whether there are any: the loops of
 * `ChannelProjections` over sinks that are not behind. Prints the CPU time of one commit.
 *
 * Usage: node bench/subscription-flag.ts
 */

export const rounds = 15;
const commits = 500_000;

/** Not a static import, because the class has types of workerd, which this project of TypeScript does not have. */
const path = "../src/features/event-subscriptions/subscription-table.ts";
const { SubscriptionTable } = (await import(path)) as {
  SubscriptionTable: new (sql: object) => { readonly isEmpty: boolean };
};
const subscriptions = new SubscriptionTable({ exec: () => ({ toArray: () => [] }) });
let started = 0;

class Sink {
  cursor = 5;
  head = 5;
  get isBehind(): boolean {
    return this.cursor < this.head;
  }
  start(): void {
    if (this.isBehind) started++;
  }
}

const sinks = Array.from({ length: 6 }, () => new Sink());
const subscriptionSink = new Sink();

const variants = {
  without: () => {
    for (const sink of sinks) if (sink.isBehind) sink.start();
    for (const sink of sinks) sink.start();
  },
  with: () => {
    for (const sink of sinks) if (sink.isBehind) sink.start();
    if (!subscriptions.isEmpty && subscriptionSink.isBehind) subscriptionSink.start();
    for (const sink of sinks) sink.start();
    if (!subscriptions.isEmpty) subscriptionSink.start();
  },
};

const nanoseconds: Record<keyof typeof variants, number[]> = { without: [], with: [] };
for (let round = 0; round < rounds; round++)
  for (const name of round % 2 ? (["without", "with"] as const) : (["with", "without"] as const)) {
    const before = process.cpuUsage();
    for (let at = 0; at < commits; at++) variants[name]();
    const { user, system } = process.cpuUsage(before);
    nanoseconds[name].push(((user + system) * 1_000) / commits);
  }
for (const [name, measured] of Object.entries(nanoseconds)) {
  const sorted = measured.toSorted((a, b) => a - b);
  console.log(
    `${name}: median ${sorted[Math.floor(rounds / 2)]?.toFixed(1)} ns, minimum ${sorted[0]?.toFixed(1)} ns`,
  );
}
if (started > 0) throw new Error("A sink was started");
