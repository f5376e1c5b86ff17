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
  const results = new Map<string, AdmittedSubscription | undefined>();
  return {
    admission,
    /** The result for each channel in order: an admission, or undefined if it was rejected. */
    results,
    request(name: string, resumes: boolean): void {
      void admission.acquire({ resumes, waitMs }).then((opening) => results.set(name, opening));
    },
    setUnconfirmedBytes(bytes: number): void {
      client.unconfirmedBytes = bytes;
    },
    async resultNames(): Promise<string[]> {
      await vi.advanceTimersByTimeAsync(0);
      return [...results.keys()];
    },
  };
}

test("[GW7] a bounded number open at a time, in order of arrival", async () => {
  const { request, resultNames, results } = createAdmission(2);
  for (const name of ["a", "b", "c", "d"]) request(name, false);
  expect(await resultNames()).toEqual(["a", "b"]);
  results.get("b")!.answered();
  // A repeated request counts once.
  results.get("b")!.answered();
  expect(await resultNames()).toEqual(["a", "b", "c"]);
  results.get("a")!.answered();
  expect(await resultNames()).toEqual(["a", "b", "c", "d"]);
});

test("[GW7] [RM15] no more open than the client can receive of missed events", async () => {
  const { admission, request, setUnconfirmedBytes, resultNames, results } = createAdmission(6);
  for (const name of ["a", "b", "c", "d", "e", "f"]) request(name, true);
  expect(await resultNames(), "2 MiB each, of 8").toEqual(["a", "b", "c", "d"]);
  for (const opening of results.values()) opening!.answered();
  expect(await resultNames(), "an answer does not confirm the missed events").toHaveLength(4);
  setUnconfirmedBytes(2 * MiB);
  results.get("a")!.caughtUp();
  expect(await resultNames()).toHaveLength(4);
  setUnconfirmedBytes(0);
  admission.admitWaiting();
  expect(await resultNames()).toEqual(["a", "b", "c", "d", "e"]);
  results.get("b")!.caughtUp();
  results.get("b")!.caughtUp();
  expect(await resultNames()).toEqual(["a", "b", "c", "d", "e", "f"]);
});

test("[GW7] a client that missed nothing need not wait for its confirmations", async () => {
  const { request, setUnconfirmedBytes, resultNames } = createAdmission(6);
  setUnconfirmedBytes(8 * MiB);
  request("new", false);
  request("resumed", true);
  expect(await resultNames()).toEqual(["new"]);
});

test("[GW2] a request that times out is rejected and blocks none after it", async () => {
  const { request, setUnconfirmedBytes, resultNames, results } = createAdmission(6);
  setUnconfirmedBytes(7 * MiB);
  request("resumed", true);
  request("new", false);
  expect(await resultNames()).toEqual([]);
  await vi.advanceTimersByTimeAsync(waitMs);
  expect([...results.entries()].map(([name, opening]) => [name, opening !== undefined])).toEqual(
    expect.arrayContaining([
      ["resumed", false],
      ["new", true],
    ]),
  );
});

test("[GW9] after close no request waits, and no timer is left", async () => {
  const { admission, request, resultNames } = createAdmission(1);
  for (const name of ["a", "b", "c"]) request(name, true);
  admission.end();
  expect(await resultNames()).toEqual(["a", "b", "c"]);
  expect(vi.getTimerCount()).toBe(0);
});
