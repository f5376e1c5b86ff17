import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import {
  applyEvent,
  type ChannelView,
  emptyView,
  plainView,
} from "../../support/worker/assertions/channel-view.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { fetchChannelView } from "../../support/worker/assertions/fetch-channel-view.ts";
import {
  expectCountsAfterReading,
  expectThreadFollows,
  expectUnreadCounts,
} from "../../support/worker/assertions/read-state.ts";
import { expectReadsMatchDatabase } from "../../support/worker/assertions/reads-match-database.ts";
import { expectRoomMatchesLog, expectSummariesMatch } from "../../support/worker/assertions/room-tables.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  operationSequence,
  type ScheduledOperation,
} from "../../support/worker/generators/room-operations.ts";
import { interceptStalledChannels, RoomSimulation } from "../../support/worker/generators/room-simulation.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";

/** To run a failure again: VITE_MODEL_SEED=… VITE_MODEL_PATH=… npx vitest run --project worker test/worker/model */
const seed = Number(process.env["VITE_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const path = process.env["VITE_MODEL_PATH"];
const runs = Number(process.env["VITE_MODEL_RUNS"] ?? 24);
const steps = 30;

afterEach(restoreDatabases);

function folded(events: EventEnvelope[], viewerId?: string): ChannelView {
  const view = emptyView(viewerId);
  for (const event of events) applyEvent(view, event);
  return view;
}

/** Groups of users that are not in use. A group is dropped after some channels, since its lists of unread counts grow. */
const idle: { cast: TestUser[]; played: number }[] = [];
const playsOfCast = 12;
let compared = 0;

async function play(
  ...args: [sequence: ScheduledOperation[], takenAt: number, isPrivate: boolean]
): Promise<void> {
  const held = idle.pop() ?? { cast: await createUsers("ann", "bob", "cid", "dan"), played: 0 };
  await playWith(held.cast, ...args);
  if (++held.played < playsOfCast) idle.push(held);
}

async function playWith(
  cast: TestUser[],
  sequence: ScheduledOperation[],
  takenAt: number,
  isPrivate: boolean,
): Promise<void> {
  const [ann, bob, cid] = cast as [TestUser, TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid], { isPrivate });
  const play = new RoomSimulation(cast, channelId);
  const subscriber = await ann.connect(channelId, "?since=0");
  play.setSocket(0, subscriber);
  play.setSocket(1, await bob.connect(channelId));
  for (const { call } of [bob, cid])
    await call("POST", `/v1/channels/${channelId}/messages`, { content: "first" });
  // Fetched while others write, so the snapshot is of some moment in between.
  let snapshot: Awaited<ReturnType<typeof fetchChannelView>> | undefined;
  for (const [index, move] of sequence.entries()) {
    const carriedOut = play.carryOut(move);
    if (index === takenAt) snapshot = await fetchChannelView(ann, channelId);
    await carriedOut;
  }
  await play.end();

  const log = await listEvents(channelId, ann);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  await subscriber.waitForSeq(log.length);
  // Messages deleted since are redacted in the log, but not in events received before.
  const outline = (events: EventEnvelope[]) => events.map(({ seq, type, at }) => `${seq} ${type} ${at}`);
  expect(outline(subscriber.events), "a subscriber heard the whole log").toEqual(outline(log));
  expect(JSON.stringify(subscriber.events), "no viewer's own view").not.toContain('"me":');
  await expectDatabaseMatchesLog(channelId);
  await expectRoomMatchesLog(channelId);
  // Bob may have left, and then reads a public channel as an outsider does. Not in every run, since it makes about a hundred reads.
  if (++compared % 3 === 0)
    for (const reader of isPrivate ? [ann] : [ann, bob]) await expectReadsMatchDatabase(reader, channelId);

  const fresh = await fetchChannelView(ann, channelId);
  const { view, since } = snapshot!;
  for (const event of log) if (event.seq > since) applyEvent(view, event);
  expect(plainView(view), "snapshot + events = fresh fetch").toEqual(plainView(fresh.view));
  for (const [whose, events] of [
    ["the log's own view", log],
    ["a subscriber's view", subscriber.events],
  ] as const)
    expect(plainView(folded(events, ann.userId)), whose).toEqual(plainView(fresh.view));
  expectSummariesMatch(fresh.view);
  expect(fresh.pins, "pins are listed as their messages are").toEqual(plainView(fresh.view).pins);

  for (const person of cast)
    await expectThreadFollows(person, { channelId, log, privateCommands: play.privateCommands });
  const members = cast.filter(({ userId }) => view.members.has(userId));
  for (const member of members) {
    const own = folded(log, member.userId);
    await expectUnreadCounts(member, { channelId, log, view: own, privateCommands: play.privateCommands });
    if (member !== members.at(-1)) continue;
    await expectCountsAfterReading(member, { channelId, log, view: own });
    const page = await member.call("GET", `/v1/channels/${channelId}/messages?limit=100`);
    expect(page.body.items, "each with what they themselves reacted").toEqual(plainView(own).history);
  }
  play.close();
}

/** Sequences run concurrently, since they mostly wait. */
const lanes = path === undefined ? Number(process.env["VITE_MODEL_LANES"] ?? 8) : 1;

test(`[LG12] [PJ1] snapshot + events = fetch; ${runs} runs × ${steps}, seed ${seed}`, async () => {
  interceptStalledChannels();
  const property = () => fc.asyncProperty(operationSequence(steps), fc.nat(steps - 1), fc.boolean(), play);
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
