import fc from "fast-check";
import { afterEach, beforeAll, expect, test } from "vitest";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { restoreDatabase } from "../../support/worker/database.ts";
import { fetchView, type Move, moves, partOf, Play, stallSome } from "../../support/worker/model.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";
import { expectRecordIsLog } from "../../support/worker/projection.ts";
import { eventsOf } from "../../support/worker/room.ts";
import { apply, emptyView, plain } from "../../support/worker/view.ts";

/** To run a failure again: VITE_MODEL_SEED=… VITE_MODEL_PATH=… npx vitest run --project worker test/worker/model */
const seed = Number(process.env["VITE_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const path = process.env["VITE_MODEL_PATH"];
const runs = Number(process.env["VITE_MODEL_RUNS"] ?? 300);
const steps = 30;

let cast: Person[];
beforeAll(async () => {
  cast = await people("ann", "bob", "cid", "dan");
});
afterEach(restoreDatabase);

async function play(sequence: Move[], takenAt: number, isPrivate: boolean): Promise<void> {
  const [ann, bob, cid] = cast as [Person, Person, Person, Person];
  const channelId = await channelOf(ann, [bob, cid], { isPrivate });
  const play = new Play(cast, channelId);
  const subscriber = await ann.connect(channelId, "?since=0");
  play.give(0, subscriber);
  play.give(1, await bob.connect(channelId));
  // While others go on: what is held then is a snapshot of some moment, not of a pause.
  let snapshot: Awaited<ReturnType<typeof fetchView>> | undefined;
  for (const [index, move] of sequence.entries()) {
    const carriedOut = play.carryOut(move);
    if (index === takenAt) snapshot = await fetchView(ann, channelId);
    await carriedOut;
  }
  await play.end();

  const log = await eventsOf(channelId, ann);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  await subscriber.caughtUp(log.length);
  // What was deleted since was redacted in the log, not in what was heard before.
  const outline = (events: EventEnvelope[]) => events.map(({ seq, type, at }) => `${seq} ${type} ${at}`);
  expect(outline(subscriber.events), "a subscriber heard the whole log").toEqual(outline(log));
  await expectRecordIsLog(channelId);

  const fresh = await fetchView(ann, channelId);
  const { view, places } = snapshot!;
  for (const event of log) if (event.seq > places[partOf(event)]) apply(view, event);
  expect(plain(view), "snapshot + events = fresh fetch").toEqual(plain(fresh.view));
  for (const [whose, events] of [
    ["the log's own view", log],
    ["a subscriber's view", subscriber.events],
  ] as const) {
    const folded = emptyView();
    for (const event of events) apply(folded, event);
    expect(plain(folded), whose).toEqual(plain(fresh.view));
  }
  subscriber.close();
}

/** Sequences are played side by side: most of their time they wait. */
const lanes = path === undefined ? 4 : 1;

test(`[LG12] [PJ1] snapshot + events = fresh fetch, for ${runs} random sequences of ${steps} commands over both doors, with evictions and outages (seed ${seed})`, async () => {
  stallSome();
  const property = () => fc.asyncProperty(moves(steps), fc.nat(steps - 1), fc.boolean(), play);
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      fc.assert(property(), {
        seed: seed + lane,
        numRuns: Math.ceil(runs / lanes),
        endOnFailure: path === undefined,
        ...(path !== undefined && { path }),
      }),
    ),
  );
}, 240_000);
