import { describe, expect, test } from "vitest";
import { parallelMap } from "../../../web/src/admin/lists/parallel-map.ts";
import { walkBatches } from "../../../web/src/admin/storage/walk-batches.ts";

describe("parallelMap", () => {
  test("keeps the order, and runs no more than permitted at a time", async () => {
    let running = 0;
    let most = 0;
    const results = await parallelMap([5, 1, 3, 2, 4], 2, async (delay) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, delay));
      running--;
      return delay * 10;
    });
    expect(results).toEqual([50, 10, 30, 20, 40]);
    expect(most).toBe(2);
  });

  test("fails with the first failure", async () => {
    const failing = parallelMap([1, 2], 1, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
  });
});

describe("walkBatches", () => {
  test("requests all batches, and those with failures again", async () => {
    const requested: (string | undefined)[] = [];
    const failures = [0, 2, 0];
    const seen: number[] = [];
    await walkBatches(
      async ({ cursor }) => {
        requested.push(cursor);
        const failed = failures.shift() ?? 0;
        return { channels: requested.length, failed, nextCursor: cursor === undefined ? "next" : null };
      },
      ({ channels }) => seen.push(channels),
    );
    expect(requested).toEqual([undefined, "next", "next"]);
    expect(seen).toEqual([1, 3]);
  });

  test("gives up on a batch that fails each time", async () => {
    let count = 0;
    await walkBatches(
      async () => ({ failed: ++count, nextCursor: null }),
      () => {},
    );
    expect(count).toBe(3);
  });
});
