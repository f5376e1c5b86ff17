import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventFeed } from "../../../src/client/event-feed.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";

const epoch = "epoch-one";
const event = (seq: number) => ({ type: "messageCreate", seq }) as EventEnvelope;
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
const seqs = (events: EventEnvelope[]) => events.map(({ seq }) => seq);

const liveAt = (seq: number) => {
  const feed = new EventFeed({ seq, epoch });
  feed.hello({ seq, epoch });
  feed.subscribed({ seq, epoch });
  return feed;
};

describe("start", () => {
  test("without a position it starts at the head of `hello`", () => {
    const feed = new EventFeed(null);
    feed.hello({ seq: 7, epoch });
    feed.subscribed({ seq: 7, epoch });
    expect(feed.isLive).toBe(true);
    expect(seqs(feed.event(event(8)))).toEqual([8]);
  });

  test("with a position it starts there, once the missed events have arrived", () => {
    const feed = new EventFeed({ seq: 5, epoch });
    feed.hello({ seq: 7, epoch });
    expect(feed.isLive).toBe(false);
    expect(seqs([...feed.event(event(6)), ...feed.event(event(7))])).toEqual([6, 7]);
    feed.subscribed({ seq: 7, epoch });
    expect(feed.isLive).toBe(true);
  });

  test("with a snapshot it starts after it; events received meanwhile are kept", () => {
    const feed = new EventFeed(null, true);
    expect(feed.missing).toEqual({ kind: "snapshot", from: null });
    feed.hello({ seq: 7, epoch });
    feed.subscribed({ seq: 7, epoch });
    expect(feed.event(event(8))).toEqual([]);
    expect(feed.isLive).toBe(false);
    expect(seqs(feed.snapshotLoaded({ seq: 7, epoch }))).toEqual([8]);
    expect(feed.isLive).toBe(true);
    expect(feed.resets).toBe(0);
  });

  test("a snapshot older than the socket leaves a gap, a newer one deduplicates", () => {
    const older = new EventFeed(null, true);
    older.hello({ seq: 7, epoch });
    older.snapshotLoaded({ seq: 5, epoch });
    expect(older.missing).toEqual({ kind: "repair", after: 5, to: 7 });

    const newer = new EventFeed(null, true);
    newer.hello({ seq: 7, epoch });
    newer.event(event(8));
    newer.event(event(9));
    expect(seqs(newer.snapshotLoaded({ seq: 8, epoch }))).toEqual([9]);
  });
});

describe("order", () => {
  test("an event is never delivered twice", () => {
    const feed = liveAt(3);
    expect(feed.event(event(3))).toEqual([]);
    expect(seqs(feed.event(event(4)))).toEqual([4]);
    expect(feed.event(event(4))).toEqual([]);
  });

  test("events after a gap wait for the gap to be filled", () => {
    const feed = liveAt(3);
    feed.gap(250);
    expect(feed.event(event(251))).toEqual([]);
    expect(feed.missing).toEqual({ kind: "repair", after: 3, to: 250 });
    expect(seqs(feed.page(range(4, 103).map(event), { seq: 251, epoch }))).toEqual(range(4, 103));
    expect(seqs(feed.page(range(104, 203).map(event), { seq: 251, epoch }))).toEqual(range(104, 203));
    expect(seqs(feed.page(range(204, 251).map(event), { seq: 251, epoch }))).toEqual(range(204, 251));
    expect(feed.isLive).toBe(true);
    expect(seqs(feed.event(event(252)))).toEqual([252]);
  });

  test("an unannounced gap is detected and repaired", () => {
    const feed = liveAt(3);
    expect(feed.event(event(6))).toEqual([]);
    expect(feed.missing).toEqual({ kind: "repair", after: 3, to: 5 });
    expect(seqs(feed.page([event(4), event(5)], { seq: 6, epoch }))).toEqual([4, 5, 6]);
  });

  test("a `subscribed` beyond the last event is a gap too", () => {
    const feed = new EventFeed({ seq: 3, epoch });
    feed.event(event(4));
    feed.subscribed({ seq: 6, epoch });
    expect(feed.missing).toEqual({ kind: "repair", after: 4, to: 6 });
  });

  test("a page with a gap is used up to the gap and requested again from there", () => {
    const feed = liveAt(3);
    feed.gap(9);
    expect(seqs(feed.page([event(4), event(6), event(7)], { seq: 9, epoch }))).toEqual([4]);
    expect(feed.missing).toEqual({ kind: "repair", after: 4, to: 9 });
  });

  test("duplicates after a gap, the gap itself included, do not extend it", () => {
    const feed = liveAt(3);
    feed.gap(9);
    for (const seq of [10, 11, 10]) feed.event(event(seq));
    feed.gap(9);
    feed.event(event(12));
    expect(feed.missing).toEqual({ kind: "repair", after: 3, to: 9 });
    expect(seqs(feed.page(range(4, 9).map(event), { seq: 12, epoch }))).toEqual(range(4, 12));
  });

  test("events held at a disconnect do not count as received", () => {
    const feed = liveAt(3);
    feed.gap(9);
    feed.event(event(10));
    feed.disconnected();
    feed.subscribed({ seq: 10, epoch });
    expect(feed.missing).toEqual({ kind: "repair", after: 3, to: 10 });
  });

  test("events held after a gap are bounded: the gap grows instead", () => {
    const feed = liveAt(0);
    feed.gap(10);
    for (const seq of range(11, 5_100)) feed.event(event(seq));
    expect(feed.missing).toEqual({ kind: "repair", after: 0, to: 5_010 });
  });

  test("a disconnect ends a repair; resuming delivers the rest", () => {
    const feed = liveAt(3);
    feed.gap(9);
    feed.page([event(4)], { seq: 9, epoch });
    feed.disconnected();
    expect(feed.missing).toBeNull();
    expect(feed.position).toEqual({ seq: 4, epoch });
    feed.hello({ seq: 6, epoch });
    expect(seqs([5, 6].flatMap((seq) => feed.event(event(seq))))).toEqual([5, 6]);
    feed.subscribed({ seq: 6, epoch });
    expect(feed.isLive).toBe(true);
  });
});

describe("another log", () => {
  const other = "epoch-two";

  test("a reset requests a snapshot and continues after it", () => {
    const feed = liveAt(9);
    feed.reset({ seq: 2, epoch: other });
    expect(feed.resets).toBe(1);
    expect(feed.missing).toEqual({ kind: "snapshot", from: { seq: 2, epoch: other } });
    expect(feed.position).toEqual({ seq: 2, epoch: other });
    feed.subscribed({ seq: 2, epoch: other });
    expect(feed.event(event(3))).toEqual([]);
    expect(feed.isCurrentLog({ seq: 9, epoch })).toBe(false);
    expect(seqs(feed.snapshotLoaded({ seq: 2, epoch: other }))).toEqual([3]);
    expect(feed.isLive).toBe(true);
  });

  test("a late page of the old log is ignored", () => {
    const feed = liveAt(3);
    feed.gap(5);
    feed.reset({ seq: 9, epoch: other });
    expect(feed.page([event(4), event(5)], { seq: 5, epoch })).toEqual([]);
    expect(feed.resets).toBe(1);
  });

  test("a page or a `subscribed` of another log is a reset", () => {
    const byPage = liveAt(3);
    byPage.gap(5);
    expect(byPage.page([event(4)], { seq: 1, epoch: other })).toEqual([]);
    expect(byPage.missing?.kind).toBe("snapshot");

    const bySubscription = new EventFeed({ seq: 3, epoch });
    bySubscription.subscribed({ seq: 1, epoch: other });
    expect(bySubscription.missing).toEqual({ kind: "snapshot", from: { seq: 1, epoch: other } });
  });
});

test("[CL1] random cuts, duplicates and late pages: each event once, in order", () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 8 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("deliver" as const), lose: fc.boolean(), twice: fc.boolean() }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("fetch" as const), limit: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("reconnect" as const), replay: fc.integer({ min: 0, max: 6 }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const feed = liveAt(0);
      const given: number[] = [];
      const give = (events: EventEnvelope[]) => given.push(...seqs(events));
      let head = 0;
      let received = 0;
      const fetchPage = (limit: number) => {
        const need = feed.missing;
        if (need?.kind !== "repair") return;
        give(
          feed.page(range(need.after + 1, Math.min(head, need.after + limit)).map(event), {
            seq: head,
            epoch,
          }),
        );
      };
      const reconnect = (replay: number) => {
        feed.disconnected();
        const since = feed.position!.seq;
        feed.hello({ seq: head, epoch });
        const from = Math.max(since + 1, head - replay + 1);
        if (from > since + 1) feed.gap(from - 1);
        for (const seq of range(from, head)) give(feed.event(event(seq)));
        feed.subscribed({ seq: head, epoch });
        received = head;
      };
      for (const action of steps) {
        if (action.do === "append") head += action.count;
        else if (action.do === "fetch") fetchPage(action.limit);
        else if (action.do === "reconnect") reconnect(action.replay);
        else if (received < head) {
          received++;
          if (!action.lose) give(feed.event(event(received)));
          if (action.twice) give(feed.event(event(received)));
        }
      }
      reconnect(3);
      while (feed.missing) fetchPage(2);
      expect(feed.isLive).toBe(true);
      expect(given).toEqual(range(1, head));
    }),
    { numRuns: 500 },
  );
});
