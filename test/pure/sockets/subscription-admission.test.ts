import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type AdmittedSubscription,
  SubscriptionAdmission,
} from "../../../src/gateway/subscription-admission.ts";

const MiB = 1024 * 1024;
const waitMs = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createAdmission(width: number) {
  const client = { unconfirmedBytes: 0 };
  const admission = new SubscriptionAdmission({ concurrency: width, client });
  const begun = new Map<string, AdmittedSubscription | undefined>();
  return {
    admission,
    /** Opens channels; records which opened or were rejected, in that order. */
    begun,
    ask(name: string, resumes: boolean): void {
      void admission.acquire({ resumes, waitMs }).then((opening) => begun.set(name, opening));
    },
    has(bytes: number): void {
      client.unconfirmedBytes = bytes;
    },
    async settle(): Promise<string[]> {
      await vi.advanceTimersByTimeAsync(0);
      return [...begun.keys()];
    },
  };
}

test("[GW7] a bounded number open at a time, in order of arrival", async () => {
  const { ask, settle, begun } = createAdmission(2);
  for (const name of ["a", "b", "c", "d"]) ask(name, false);
  expect(await settle()).toEqual(["a", "b"]);
  begun.get("b")!.answered();
  // A repeated request counts once.
  begun.get("b")!.answered();
  expect(await settle()).toEqual(["a", "b", "c"]);
  begun.get("a")!.answered();
  expect(await settle()).toEqual(["a", "b", "c", "d"]);
});

test("[GW7] [RM15] no more open than the client can receive of missed events", async () => {
  const { admission, ask, has, settle, begun } = createAdmission(6);
  for (const name of ["a", "b", "c", "d", "e", "f"]) ask(name, true);
  expect(await settle(), "2 MiB each, of 8").toEqual(["a", "b", "c", "d"]);
  for (const opening of begun.values()) opening!.answered();
  expect(await settle(), "that they were answered does not mean that it came").toHaveLength(4);
  has(2 * MiB);
  begun.get("a")!.caughtUp();
  expect(await settle()).toHaveLength(4);
  has(0);
  admission.admitWaiting();
  expect(await settle()).toEqual(["a", "b", "c", "d", "e"]);
  begun.get("b")!.caughtUp();
  begun.get("b")!.caughtUp();
  expect(await settle()).toEqual(["a", "b", "c", "d", "e", "f"]);
});

test("[GW7] a client that missed nothing need not wait for its confirmations", async () => {
  const { ask, has, settle } = createAdmission(6);
  has(8 * MiB);
  ask("new", false);
  ask("resumed", true);
  expect(await settle()).toEqual(["new"]);
});

test("[GW2] a request that times out is rejected and blocks none after it", async () => {
  const { ask, has, settle, begun } = createAdmission(6);
  has(7 * MiB);
  ask("resumed", true);
  ask("new", false);
  expect(await settle()).toEqual([]);
  await vi.advanceTimersByTimeAsync(waitMs);
  expect([...begun.entries()].map(([name, opening]) => [name, opening !== undefined])).toEqual(
    expect.arrayContaining([
      ["resumed", false],
      ["new", true],
    ]),
  );
});

test("[GW9] after close no request waits, and no timer is left", async () => {
  const { admission, ask, settle } = createAdmission(1);
  for (const name of ["a", "b", "c"]) ask(name, true);
  admission.end();
  expect(await settle()).toEqual(["a", "b", "c"]);
  expect(vi.getTimerCount()).toBe(0);
});
