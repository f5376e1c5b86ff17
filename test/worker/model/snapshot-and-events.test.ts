import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { expectCounts, expectFollows, expectReadCounts } from "../../support/worker/counts.ts";
import { restoreDatabase } from "../../support/worker/database.ts";
import { fetchView } from "../../support/worker/fetch-view.ts";
import { Play, stallSome } from "../../support/worker/model.ts";
import { type Move, moves } from "../../support/worker/moves.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";
import { expectRecordIsLog } from "../../support/worker/projection.ts";
import { expectRoomIsLog, expectSumsRight } from "../../support/worker/room-is-log.ts";
import { eventsOf } from "../../support/worker/room.ts";
import { apply, emptyView, plain, type View } from "../../support/worker/view.ts";

/** To run a failure again: VITE_MODEL_SEED=… VITE_MODEL_PATH=… npx vitest run --project worker test/worker/model */
const seed = Number(process.env["VITE_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const path = process.env["VITE_MODEL_PATH"];
const runs = Number(process.env["VITE_MODEL_RUNS"] ?? 120);
const steps = 30;

afterEach(restoreDatabase);

function folded(events: EventEnvelope[], viewerId?: string): View {
  const view = emptyView(viewerId);
  for (const event of events) apply(view, event);
  return view;
}

/** Casts that play no channel at the moment. One is let go after some channels, since lists of unreads grow with them. */
const idle: { cast: Person[]; played: number }[] = [];
const playsOfCast = 12;

async function play(...args: [sequence: Move[], takenAt: number, isPrivate: boolean]): Promise<void> {
  const held = idle.pop() ?? { cast: await people("ann", "bob", "cid", "dan"), played: 0 };
  await playWith(held.cast, ...args);
  if (++held.played < playsOfCast) idle.push(held);
}

async function playWith(
  cast: Person[],
  sequence: Move[],
  takenAt: number,
  isPrivate: boolean,
): Promise<void> {
  const [ann, bob, cid] = cast as [Person, Person, Person, Person];
  const channelId = await channelOf(ann, [bob, cid], { isPrivate });
  const play = new Play(cast, channelId);
  const subscriber = await ann.connect(channelId, "?since=0");
  play.give(0, subscriber);
  play.give(1, await bob.connect(channelId));
  for (const { call } of [bob, cid])
    await call("POST", `/v1/channels/${channelId}/messages`, { content: "first" });
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
  expect(JSON.stringify(subscriber.events), "no viewer's own view").not.toContain('"me":');
  await expectRecordIsLog(channelId);
  await expectRoomIsLog(channelId);

  const fresh = await fetchView(ann, channelId);
  const { view, since } = snapshot!;
  for (const event of log) if (event.seq > since) apply(view, event);
  expect(plain(view), "snapshot + events = fresh fetch").toEqual(plain(fresh.view));
  for (const [whose, events] of [
    ["the log's own view", log],
    ["a subscriber's view", subscriber.events],
  ] as const)
    expect(plain(folded(events, ann.userId)), whose).toEqual(plain(fresh.view));
  expectSumsRight(fresh.view);
  expect(fresh.pins, "pins are listed as their messages are").toEqual(plain(fresh.view).pins);

  for (const person of cast) await expectFollows(person, { channelId, log, privately: play.privately });
  const members = cast.filter(({ userId }) => view.members.has(userId));
  for (const member of members) {
    const own = folded(log, member.userId);
    await expectCounts(member, { channelId, log, view: own, privately: play.privately });
    if (member !== members.at(-1)) continue;
    await expectReadCounts(member, { channelId, log, view: own });
    const page = await member.call("GET", `/v1/channels/${channelId}/messages?limit=100`);
    expect(page.body.items, "each with what they themselves reacted").toEqual(plain(own).history);
  }
  play.close();
}

/** Sequences are played side by side: most of their time they wait. */
const lanes = path === undefined ? Number(process.env["VITE_MODEL_LANES"] ?? 8) : 1;

test(`[LG12] [PJ1] snapshot + events = fresh fetch, and what is unread is what can be counted, for ${runs} random sequences of ${steps} commands of all kinds over both doors, with evictions and outages (seed ${seed})`, async () => {
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
