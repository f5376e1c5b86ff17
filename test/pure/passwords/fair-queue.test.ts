import { expect, test } from "vitest";
import { FairQueue } from "../../../src/password-hasher/fair-queue.ts";

const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
const queueOf = (limits: Partial<ConstructorParameters<typeof FairQueue>[0]> = {}) =>
  new FairQueue({ total: 100, lane: 100, staleMs: 5_000, ...limits });

test("the queue of hashes runs one job at a time, round robin over lanes", async () => {
  const queue = queueOf();
  const order: string[] = [];
  let running = 0;
  const job = (name: string) => async () => {
    expect(++running).toBe(1);
    await wait(1);
    order.push(name);
    running--;
  };
  await Promise.all([
    ...["a1", "a2", "a3", "a4", "a5"].map((name) => queue.add("a", job(name))),
    ...["b1", "b2"].map((name) => queue.add("b", job(name))),
    queue.add("c", job("c1")),
  ]);
  expect(order).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4", "a5"]);
});

test("the queue of hashes rejects jobs when it or a lane is full, then recovers", async () => {
  const queue = queueOf({ total: 4, lane: 2 });
  const add = (lane: string) => (async () => queue.add(lane, () => wait(5)))();
  const all = await Promise.allSettled([..."aaaabbbc"].map(add));
  const rejected = all.map(({ status }) => status === "rejected");
  // The first job of `a` runs at once.
  expect(rejected).toEqual([false, false, false, true, false, false, true, true]);
  expect(all[3]).toMatchObject({ reason: { code: "unavailable", retryAfterMs: 2_000 } });
  await add("a");
});

test("the queue of hashes survives a job that throws, and one that never ends", async () => {
  const queue = queueOf({ staleMs: 30 });
  await expect(queue.add("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  void queue.add("a", () => new Promise(() => {}));
  await wait(50);
  expect(await queue.add("a", async () => "next")).toBe("next");
});
