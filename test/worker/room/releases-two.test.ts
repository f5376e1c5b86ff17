import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import hubTwo from "../../support/releases/hub-2.sql?raw";
import roomTwo from "../../support/releases/room-2.sql?raw";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { unreadBySource } from "../../support/worker/clients/read-state.ts";
import { createSession, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { restoreSnapshot } from "../../support/worker/objects/object-snapshots.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";
import { inRoom, roomLog } from "../../support/worker/objects/room-object.ts";

/** The snapshots of release 2: an active channel; Ann's status is dnd, and one reply is in the outbox for her hub. */
const channelId = "chn_01M82AW3T2AD0R2887FYJ1B1DC";
const rootId = "msg_01M82AW42RXKWA9G7FQWHN78QV";
const members = {
  ann: { userId: "usr_01M82AW3QV1Y2KZXDDCSDF9RT5", username: "ann-1" },
  bob: { userId: "usr_01M82AW3QW5W5V70XRGQM3WF4H", username: "bob-2" },
  cid: { userId: "usr_01M82AW3QW5W5V70XRGQM3WF4J", username: "cid-3" },
};
const takenAtMs = 1_795_374_847_334;
const head = 39;
let [ann, bob, cid]: TestUser[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: takenAtMs });
  if (ann) return;
  await restoreSnapshot(env.ROOMS.getByName(channelId), roomTwo);
  await restoreSnapshot(env.HUBS.getByName(members.ann.userId), hubTwo);
  [ann, bob, cid] = [
    await createSession(members.ann),
    await createSession(members.bob),
    await createSession(members.cid),
  ];
  // Their hubs store the channel, as those of all members do.
  for (const { userId } of [ann, bob, cid]) await env.HUBS.getByName(userId).admitAsMember(channelId);
});
afterEach(() => void vi.useRealTimers());

test("[LG10] a room of release 2 replays the same events and projects them", async () => {
  const frozen = await roomLog(channelId);
  expect(frozen.map(({ seq }) => seq)).toEqual(sequenceFrom(1, head));
  expect(await listEvents(channelId, bob!)).toEqual(
    frozen.map(({ seq, at, type, data }) => ({
      type,
      channelId,
      seq,
      at: new Date(at).toISOString(),
      data: JSON.parse(data),
    })),
  );
  // D1 has no rows of the channel in this test. A read from D1 notices.
  await bob!.call("GET", `/v1/channels/${channelId}/messages/${rootId}/history`);
  await expectDatabaseMatchesLog(channelId);
  const { body: root } = await bob!.call("GET", `/v1/channels/${channelId}/messages/${rootId}`);
  expect(root).toMatchObject({
    pinned: true,
    thread: { replyCount: 3 },
    reactions: [
      { emoji: "👍", count: 2, me: true },
      { emoji: "🎈", count: 1 },
    ],
  });
});

test("[LG10] [RS1] read positions, follows and levels of release 2 still hold", async () => {
  for (const [as, lastReadSeq, level] of [
    [ann, 2, "mentions"],
    [bob, 9, "mentions"],
    [cid, 4, "none"],
  ] as const) {
    const [room, list, counted] = await unreadBySource(as!, channelId);
    expect(room.lastReadSeq).toBe(lastReadSeq);
    expect([list, counted]).toEqual([room, room]);
    const { items } = (await as!.call("GET", "/v1/users/me/unreads")).body;
    expect(items).toMatchObject([{ channelId, level }]);
  }
});

test("[LG10] [NT6] outbox rows and deferred notifications of release 2 arrive once", async () => {
  // A snapshot does not include the platform's alarm; running late, it finds all scheduled tasks.
  vi.setSystemTime(takenAtMs + 2_000);
  await inRoom(channelId, (room) => room.alarm());
  await waitForNotifications(channelId);
  const ofThem = async () =>
    (await listAllNotifications(ann!)).map(({ channelSeq }) => channelSeq).toReversed();
  expect(await ofThem()).toEqual([24, 25, 27, 29]);
  await ann!.call("PUT", "/v1/users/me/status", { presence: "auto" });
  expect(await ofThem()).toEqual([24, 25, 27, 29, 38, 39]);
  const { seq } = await postMessage(bob!, channelId, "@channel of today");
  expect(seq).toBe(head + 1);
  await waitForNotifications(channelId);
  expect((await ofThem()).at(-1)).toBe(head + 1);
  expect(await listAllNotifications(cid!)).toEqual([]);
  await expectDatabaseMatchesLog(channelId);
});
