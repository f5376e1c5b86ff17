import { beforeEach, expect, test, vi } from "vitest";
import { Outbox, type OutboxBatch, type OutboxQueue } from "../../../src/durable/outbox.ts";

interface Row extends OutboxBatch {
  lane: string;
  at: number;
}

/** A queue in memory with one row a lane; `send` is what a test makes of it. */
class MemoryQueue implements OutboxQueue<Row> {
  readonly rows = new Map<string, Row>();
  readonly scheduled: boolean[] = [];
  readonly #send: (lane: string) => Promise<number | undefined>;

  constructor(send: (lane: string) => Promise<number | undefined>) {
    this.#send = send;
  }

  add(...lanes: string[]): void {
    for (const lane of lanes) this.rows.set(lane, { lane, at: Date.now(), attempts: 0 });
  }

  dueLanes(nowMs: number): string[] {
    return [...this.rows.values()].filter(({ at }) => at <= nowMs).map(({ lane }) => lane);
  }

  take(lane: string, nowMs: number): Row | undefined {
    const row = this.rows.get(lane);
    return row && row.at <= nowMs ? { ...row } : undefined;
  }

  send({ lane }: Row): Promise<number | undefined> {
    return this.#send(lane);
  }

  confirm({ lane }: Row, again: number | undefined): void {
    if (again === undefined) this.rows.delete(lane);
    else this.rows.set(lane, { lane, at: again, attempts: 0 });
  }

  postpone({ lane }: Row, at: number, attempts: number): void {
    this.rows.set(lane, { lane, at, attempts });
  }

  schedule(_nowMs: number, isDelivering: boolean): void {
    this.scheduled.push(isDelivering);
  }
}

const options = { name: "test", concurrency: 2, timeoutMs: 50, backoff: { baseMs: 1_000, capMs: 8_000 } };
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.stubGlobal("__FAILPOINTS__", false);
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});

test("[NT6] an outbox keeps its concurrency, and delivers every lane once", async () => {
  let [running, most] = [0, 0];
  const sent: string[] = [];
  const queue = new MemoryQueue(async (lane) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    sent.push(lane);
    return undefined;
  });
  queue.add("a", "b", "c", "d", "e");
  const outbox = new Outbox(queue, options);
  await Promise.all([outbox.deliver(["a", "b", "c"]), outbox.deliver(["c", "d", "e"])]);
  expect([most, sent.toSorted(), queue.rows.size]).toEqual([2, ["a", "b", "c", "d", "e"], 0]);
  expect(queue.scheduled).toEqual([false]);
});

test("[NT6] a lane that fails or hangs is postponed with backoff, and delays no other", async () => {
  const queue = new MemoryQueue((lane) => {
    if (lane === "fails") throw new Error("no");
    return lane === "hangs" ? new Promise(() => {}) : Promise.resolve(undefined);
  });
  queue.add("fails", "hangs", "works");
  await new Outbox(queue, options).deliver(["fails", "hangs", "works"]);
  expect([...queue.rows.values()].map(({ lane, attempts }) => [lane, attempts])).toEqual([
    ["fails", 1],
    ["hangs", 1],
  ]);
  for (const { at } of queue.rows.values()) expect(at - Date.now()).toBeGreaterThan(400);
  expect(lines.join()).toContain('"message":"outbox.delivery_failed","outbox":"test","attempt":1');
});

test("[NT6] a row that arrives during the call of its lane is sent by the next call", async () => {
  const sent: string[] = [];
  const queue: MemoryQueue = new MemoryQueue(async (lane) => {
    sent.push(lane);
    if (sent.length === 1) setTimeout(() => void queue.add("a"), 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return sent.length === 1 ? Date.now() : undefined;
  });
  queue.add("a");
  await new Outbox(queue, options).deliver(["a"]);
  expect([sent, queue.rows.size]).toEqual([["a", "a"], 0]);
});

test("[RM10] each group of lanes has the concurrency to itself", async () => {
  const hang = Promise.withResolvers<undefined>();
  const sent: string[] = [];
  const queue = new MemoryQueue((lane) => {
    sent.push(lane);
    return lane.startsWith("status") ? hang.promise : Promise.resolve(undefined);
  });
  const grouped = Object.assign(queue, { group: (lane: string) => lane.split(" ", 1)[0] ?? "" });
  const outbox = new Outbox(grouped, { ...options, timeoutMs: 10_000 });
  const lanes = ["status 1", "status 2", "status 3", "close 1"];
  queue.add(...lanes);
  const delivered = outbox.deliver(lanes);
  await outbox.deliver(["close 1"]);
  expect(sent).toEqual(["status 1", "status 2", "close 1"]);
  hang.resolve(undefined);
  await delivered;
  expect(sent).toEqual(["status 1", "status 2", "close 1", "status 3"]);
  expect(queue.scheduled.at(-1)).toBe(false);
});

test("[NT6] the alarm delivers what is due, and only schedules when nothing is", async () => {
  const sent: string[] = [];
  const queue = new MemoryQueue((lane) => {
    sent.push(lane);
    return Promise.resolve(undefined);
  });
  const outbox = new Outbox(queue, options);
  await outbox.onAlarm(Date.now());
  expect([sent, queue.scheduled]).toEqual([[], [false]]);
  queue.add("a");
  queue.postpone({ lane: "later", at: 0, attempts: 0 }, Date.now() + 60_000, 1);
  await outbox.onAlarm(Date.now());
  expect([sent, [...queue.rows.keys()]]).toEqual([["a"], ["later"]]);
});
