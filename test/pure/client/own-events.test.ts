import fc from "fast-check";
import { expect, test } from "vitest";
import { OwnEvents } from "../../../src/client/own-events.ts";
import type { LogPosition } from "../../../src/client/index.ts";
import type { UserEventEnvelope } from "../../../src/protocol/index.ts";
import { nextRealtimeEvent, useFakeGateway, waitForExpectation } from "./realtime-fixture.ts";

const { fixture, connect } = useFakeGateway();
const epoch = "own-one";
const event = (seq: number) => ({ type: "readUpdate", seq }) as UserEventEnvelope;

function recordUserEvents(position: LogPosition | null) {
  const given: number[] = [];
  const resets: LogPosition[] = [];
  const own = new OwnEvents(position, {
    event: ({ seq }) => given.push(seq),
    reset: (from) => resets.push(from),
  });
  return { own, given, resets };
}

test("[CL1] own events arrive in order, once, and continue after a disconnect", async () => {
  const { server } = fixture;
  const realtime = connect();
  const seen: number[] = [];
  realtime.on("event", ({ seq }) => seen.push(seq));
  const named = nextRealtimeEvent(realtime, "readUpdate");
  await realtime.live();
  server.appendUserEvent("readUpdate", { channelId: "chn_1", lastReadSeq: 4 });
  expect(await named).toMatchObject({ seq: 1, data: { channelId: "chn_1" } });
  server.terminateSockets();
  server.appendUserEvent("userUpdate");
  server.appendUserEvent("notificationCreate");
  await waitForExpectation(() => expect(seen).toEqual([1, 2, 3]));
  expect(realtime.place).toEqual({ seq: 3, epoch });
  expect(server.upgrades.at(-1)?.search).toBe(`?since=1&epoch=${epoch}`);
});

test("[CL1][CL3] they start at a stored position; another log is one reset", async () => {
  const { server } = fixture;
  server.appendUserEvent("readUpdate");
  server.appendUserEvent("readUpdate");
  const seen: number[] = [];
  const kept = connect({ since: { seq: 1, epoch } });
  kept.on("event", ({ seq }) => seen.push(seq));
  await kept.live();
  expect(seen).toEqual([2]);

  const resets: LogPosition[] = [];
  const other = connect({ since: { seq: 40, epoch: "own-zero" } });
  other.on("reset", (position) => resets.push(position));
  await other.live();
  server.appendUserEvent("readUpdate");
  await waitForExpectation(() => expect(other.place).toEqual({ seq: 3, epoch }));
  expect(resets).toEqual([{ seq: 2, epoch }]);
});

test("[CL1] a listener that closes the connection receives nothing after that", async () => {
  const { server } = fixture;
  const realtime = connect();
  await realtime.live();
  const seen: number[] = [];
  realtime.on("event", ({ seq }) => {
    seen.push(seq);
    realtime.close();
  });
  const events = [1, 2].map((seq) => ({ ...event(seq), at: "", data: {} }));
  for (const socket of server.sockets) server.send(socket, ...events);
  await waitForExpectation(() => expect(seen).toEqual([1]));
  expect(realtime.place).toEqual({ seq: 1, epoch });
  expect(realtime.state).toBe("offline");
});

test("without a position they start at the head; too many missed are a reset", () => {
  const { own, given, resets } = recordUserEvents(null);
  own.hello({ seq: 7, epoch });
  expect(own.isLive).toBe(true);
  own.event(event(8));
  own.hello({ seq: 2_000, epoch });
  expect(own.isLive).toBe(false);
  own.reset({ seq: 2_000, epoch });
  expect(own.isLive).toBe(true);
  own.event(event(2_001));
  expect(given).toEqual([8, 2_001]);
  expect(resets).toEqual([{ seq: 2_000, epoch }]);
});

test("[CL1] with random duplicates, delays and losses: in order, once, or a reset", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 })), (seqs) => {
      const received: (number | "reset")[] = [];
      const own = new OwnEvents(
        { seq: 0, epoch },
        { event: ({ seq }) => received.push(seq), reset: () => received.push("reset") },
      );
      for (const seq of seqs) own.event(event(seq));
      let last = 0;
      for (const [index, seq] of received.entries()) {
        if (seq === "reset") continue;
        if (seq !== last + 1) expect([seq > last, received[index - 1]]).toEqual([true, "reset"]);
        last = seq;
      }
      expect(last).toBe(Math.max(0, ...seqs));
    }),
  );
});
