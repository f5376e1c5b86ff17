import { expect, test, vi } from "vitest";
import type { Call } from "../../../src/client/call.ts";
import { Unreads } from "../../../src/client/unreads.ts";

const item = (channelId: string, unread: number) => ({ channelId, unread });

test("[RS7] unread counts are fetched once in full, then as changes", async () => {
  const answers = [
    { items: [item("a", 1), item("b", 2)], rev: 5, total: 2 },
    { items: [item("b", 3)], rev: 7, total: 2 },
    { items: [], rev: 8, total: 1 },
    { items: [item("b", 3)], rev: 8, total: 1 },
  ];
  const queries: unknown[] = [];
  const call = vi.fn(async (_: unknown, { query }: { query?: unknown }) => {
    queries.push(query);
    return answers.shift();
  });
  const received: unknown[][] = [];
  const unreads = new Unreads({
    call: call as unknown as Call,
    everyMs: 1,
    updated: (items) => received.push(items) === 3 && unreads.stop(),
    failed: () => expect.unreachable(),
  });
  unreads.start();
  await vi.waitFor(() => expect(received).toHaveLength(3));
  expect(received).toEqual([[item("a", 1), item("b", 2)], [item("a", 1), item("b", 3)], [item("b", 3)]]);
  expect(queries).toEqual([undefined, { since: 5 }, { since: 7 }, undefined]);
});
