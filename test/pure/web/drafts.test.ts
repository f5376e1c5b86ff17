import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ParleyClient } from "../../../src/client/index.ts";
import type { Database } from "../../../web/src/state/database.ts";
import { Drafts } from "../../../web/src/state/drafts.ts";

/** Longer than the delay after which a draft is sent, in ms. */
const delayMs = 5_000;

/** Drafts whose requests are answered by the test. */
function draftsOf(database: Partial<Database> | null = null) {
  const requests: { content: string; resolve: () => void }[] = [];
  const call = (_: unknown, { body }: { body: { content: string } }): Promise<{ rev: number }> =>
    new Promise((resolve) =>
      requests.push({ content: body.content, resolve: () => resolve({ rev: requests.length }) }),
    );
  const drafts = new Drafts({ call } as unknown as ParleyClient, database as Database | null);
  return { drafts, requests, sent: () => requests.map(({ content }) => content) };
}

describe("drafts", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a text that changes while the draft is sent is sent again", async () => {
    const { drafts, requests, sent } = draftsOf();
    drafts.setContent("chn_1", null, "one");
    await vi.advanceTimersByTimeAsync(delayMs);
    drafts.setContent("chn_1", null, "two");
    requests[0]?.resolve();
    await vi.advanceTimersByTimeAsync(delayMs);
    expect(sent()).toEqual(["one", "two"]);
  });

  test("a stop ends the timers, and those that a running request would start", async () => {
    const { drafts, requests, sent } = draftsOf();
    drafts.setContent("chn_1", null, "one");
    await vi.advanceTimersByTimeAsync(delayMs);
    drafts.setContent("chn_1", null, "two");
    drafts.setContent("chn_2", null, "other");
    drafts.stop();
    requests[0]?.resolve();
    await vi.advanceTimersByTimeAsync(delayMs);
    drafts.clear("chn_2", null);
    expect(sent()).toEqual(["one"]);
  });

  test("a draft that is restored after a stop is not sent", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown[]>();
    const { drafts, sent } = draftsOf({ getAll: () => promise } as Partial<Database>);
    const restoring = drafts.restore();
    drafts.stop();
    resolve([
      {
        key: "chn_1",
        channelId: "chn_1",
        threadId: null,
        content: "one",
        files: [],
        baseRev: 0,
        isUnsynced: true,
        updatedAt: 1,
      },
    ]);
    await restoring;
    await vi.advanceTimersByTimeAsync(delayMs);
    expect(sent()).toEqual([]);
  });
});
