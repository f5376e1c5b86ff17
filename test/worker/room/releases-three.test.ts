import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import roomThree from "../../support/releases/room-3.sql?raw";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { markReadUpTo } from "../../support/worker/clients/read-state.ts";
import { createSession, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { hubLog } from "../../support/worker/objects/hub-object.ts";
import { dumpOf, loadSnapshot } from "../../support/worker/objects/object-snapshots.ts";
import { scheduledAt, waitForNotifications } from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom, roomLog, roomRows } from "../../support/worker/objects/room-object.ts";

/**
 * The snapshot of release 3: an active channel; Bob, whose status is away, has just disconnected; Cid's read position and Dan's
 * joining and leaving are in the outbox for their hubs.
 */
const channelId = "chn_01M82NVGC5ATRNHS6H859E4Y82";
const members = {
  ann: { userId: "usr_01M82NVGA43NX4RWNG3H4JYXPY", username: "ann-1" },
  bob: { userId: "usr_01M82NVGA7R0K3Y2BS1SGSJ6W5", username: "bob-2" },
  cid: { userId: "usr_01M82NVGA7R0K3Y2BS1SGSJ6W6", username: "cid-3" },
};
const dan = "usr_01M82NVH6PJF16WY22CSHP7HNH";
const takenAtMs = 1_795_386_361_522;
const head = 40;
let [ann, cid]: TestUser[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: takenAtMs });
  if (ann) return;
  await loadSnapshot(env.ROOMS.getByName(channelId), roomThree);
  expect(await dumpOf(env.ROOMS.getByName(channelId)), "a snapshot is all of it").toBe(
    roomThree.slice(roomThree.indexOf("\n") + 1),
  );
  await evictRoom(channelId);
  [ann, cid] = [await createSession(members.ann), await createSession(members.cid)];
  // Their hubs store the channel, as those of all members do.
  for (const { userId } of [ann, cid]) await env.HUBS.getByName(userId).admitAsMember(channelId);
});
afterEach(() => void vi.useRealTimers());

test("[LG10] a room of release 3 replays the same events and projects them", async () => {
  const frozen = await roomLog(channelId);
  expect(frozen.map(({ seq }) => seq)).toEqual(sequenceFrom(1, head));
  expect((await listEvents(channelId, ann!)).map(({ seq, type }) => [seq, type])).toEqual(
    frozen.map(({ seq, type }) => [seq, type]),
  );
  const { items } = (await ann!.call("GET", `/v1/channels/${channelId}/messages`)).body;
  // D1 has no rows of the channel in this test. A read from D1 notices.
  await ann!.call("GET", `/v1/channels/${channelId}/messages/${items[0].id}/history`);
  await expectDatabaseMatchesLog(channelId);
});

test("[LG10] [PS2] [OE2] [OE3] grace periods and outbox rows of release 3 complete", async () => {
  const socket = await ann!.connect(channelId);
  expect(socket.seen.at(-1)).toMatchObject({
    type: "subscribed",
    data: {
      onlineCount: 2,
      statuses: [
        { userId: members.bob.userId, presence: "away", custom: { emoji: "🌴", text: "on holiday" } },
      ],
    },
  });
  // A snapshot does not include the platform's alarm; running late, it finds all scheduled tasks.
  vi.setSystemTime(takenAtMs + 6_000);
  await inRoom(channelId, (room) => room.alarm());
  expect((await socket.next("userOffline")).data).toEqual({ userId: members.bob.userId });
  expect([
    await roomRows(channelId, "SELECT * FROM departures"),
    await scheduledAt(channelId, "departures"),
  ]).toEqual([[], null]);
  await waitForNotifications(channelId);
  expect((await hubLog(members.cid.userId)).map(({ type, data }) => [type, data.lastReadSeq])).toEqual([
    ["readUpdate", 30],
  ]);
  expect((await hubLog(dan)).map(({ type }) => type)).toEqual(["memberJoin", "memberLeave"]);
  await markReadUpTo(cid!, channelId, head);
  await vi.waitFor(async () =>
    expect((await hubLog(members.cid.userId)).at(-1)?.data.lastReadSeq).toBe(head),
  );
});
