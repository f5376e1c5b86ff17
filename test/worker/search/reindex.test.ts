import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { busyChannel } from "../../support/worker/busy-channel.ts";
import { roomOf } from "../../support/worker/cast.ts";
import { interceptIndex, restoreDatabase } from "../../support/worker/database.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { livelyChannel } from "../../support/worker/lively-channel.ts";
import { alarm, dueAt } from "../../support/worker/projection.ts";
import { create, dieAt, inRoom } from "../../support/worker/room.ts";
import {
  allIndexed,
  expectIndexIsLog,
  foundBy,
  indexedChannel,
  indexRows,
  isIndexing,
  isNewGeneration,
  passRest,
  strangers,
  strangersLeft,
} from "../../support/worker/search-index.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabase();
  vi.useRealTimers();
});

const reindex = (channelId: string) => roomOf(channelId).reindex({ direct: false });

/** All that the index holds of a channel, but for what tells how often it was written. */
const contentsOf = async (channelId: string) => {
  const { no } = (await indexedChannel(channelId))!;
  return [
    await indexRows("SELECT type, name, name_key, archived_at FROM search_channels WHERE no = ?", no),
    await indexRows("SELECT * FROM search_members WHERE channel_no = ? ORDER BY user_id", no),
    await indexRows(
      "SELECT doc, message_id, rev, deleted, has_reaction, in_thread, pinned, words, stems FROM documents LEFT JOIN search_text ON search_text.rowid = doc WHERE channel_no = ? ORDER BY doc",
      no,
    ),
    await indexRows("SELECT * FROM channel_text WHERE rowid = ?", no),
  ];
};

test("[SR3] an index that is written anew equals the one before, and so it does when it was wrong", async () => {
  const { channelId, cid } = await livelyChannel();
  await expectIndexIsLog(channelId);
  const before = await contentsOf(channelId);
  for (let time = 0; time < 2; time++) {
    expect(await reindex(channelId)).toMatchObject({ ok: true });
    await expectIndexIsLog(channelId);
    expect(await contentsOf(channelId)).toEqual(before);
  }
  const { no } = (await indexedChannel(channelId))!;
  await indexRows("UPDATE documents SET rev = rev + 1000, deleted = 1 - deleted, pinned = 1 - pinned");
  await indexRows("UPDATE search_text SET words = 'wrong' WHERE rowid % 2 = 0");
  await indexRows("UPDATE search_channels SET type = 'direct', name = 'wrong'");
  await indexRows("DELETE FROM search_members WHERE user_id = ?", cid.userId);
  await indexRows("INSERT INTO search_members (user_id, channel_no) VALUES ('usr_wrong', ?)", no);
  await reindex(channelId);
  await expectIndexIsLog(channelId);
  expect(await contentsOf(channelId)).toEqual(before);
});

test("[SR3] while it is written anew all that was there is found, and what comes meanwhile is too", async () => {
  const { ann, channelId } = await busyChannel();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "sesame" });
  await allIndexed(channelId);
  let [begun, isOpen] = [false, false];
  interceptIndex(async (trip) => {
    const done = await trip.run();
    begun ||= isNewGeneration(trip);
    while (isNewGeneration(trip) && !isOpen) await scheduler.wait(1);
    return done;
  });
  passRest();
  await reindex(channelId);
  await eventually(() => begun);
  expect(await foundBy("sesame")).toHaveLength(1);
  expect((await indexedChannel(channelId))!.indexed_seq).toBe(0);
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 10; n++) await socket.ask("messageCreate", { content: `sesame ${n}` });
  isOpen = true;
  await expectIndexIsLog(channelId);
  expect(await foundBy("sesame")).toHaveLength(11);
});

test("[SR3] a channel may be indexed anew again and again while people write, edit and delete in it", async () => {
  const { ann, channelId } = await busyChannel();
  const socket = await ann.connect(channelId);
  for (let round = 0; round < 8; round++) {
    void reindex(channelId);
    for (let n = 0; n < 8; n++) {
      socket.send(create(`pipelined ${round} ${n}`));
      const answer = await socket.ask("messageCreate", { content: `round ${round} ${n}` });
      const { id: messageId } = (answer as any).data.message;
      if (n % 2) socket.send({ type: "messageUpdate", data: { messageId, content: "edited" } });
      if (n % 3) await socket.ask("messageDelete", { messageId });
    }
  }
  await expectIndexIsLog(channelId);
});

for (const [when, isIt] of [
  ["before the first batch", isNewGeneration],
  ["between batches", isIndexing],
] as const)
  test(`[SR3] an object that is lost ${when} goes on by its alarm, and is through without being asked again`, async () => {
    const { ann, channelId } = await busyChannel();
    const socket = await ann.connect(channelId);
    for (let n = 0; n < 700; n++) socket.send(create(`many ${n}`));
    await socket.caughtUp(700);
    await allIndexed(channelId);
    let seen = 0;
    interceptIndex(async (trip) => {
      const done = await trip.run();
      if (!isIt(trip)) return done;
      seen++;
      return new Promise(() => {});
    });
    passRest();
    await reindex(channelId);
    await eventually(() => seen > 0);
    await abortAllDurableObjects();
    restoreDatabase();
    const { indexed_seq, generation } = (await indexedChannel(channelId))!;
    expect([indexed_seq < 700, generation]).toEqual([true, 2]);
    await alarm(channelId, "search");
    await expectIndexIsLog(channelId);
  });

test("[SR3] what no event wrote goes once the channel is through, in batches, after a death in between too", async () => {
  const { channelId } = await busyChannel();
  await allIndexed(channelId);
  await strangers(channelId, 1_200);
  await reindex(channelId);
  await allIndexed(channelId);
  expect(await strangersLeft()).toBe(1_200);
  const died = dieAt("room:after-leftovers");
  const ran = alarm(channelId, "leftovers").catch(() => "died");
  await died;
  await ran;
  expect(await strangersLeft()).toBe(700);
  vi.useRealTimers();
  // The platform's own retry, which the helper that ran the alarm does not make.
  await inRoom(channelId, (_, { storage }) => storage.setAlarm(Date.now() + 60_000));
  await alarm(channelId, "leftovers");
  await eventually(async () => (await dueAt(channelId, "leftovers")) === null, "the end of it");
  expect([await strangersLeft(), await foundBy("revenant")]).toEqual([0, []]);
  await expectIndexIsLog(channelId);
});

test("[SR3] nothing goes before the channel is through, nor under a later generation", async () => {
  const { channelId } = await busyChannel();
  await allIndexed(channelId);
  await strangers(channelId, 3);
  let isOpen = false;
  interceptIndex(async (trip) => {
    while (isIndexing(trip) && !isOpen) await scheduler.wait(1);
    return trip.run();
  });
  passRest();
  await reindex(channelId);
  await alarm(channelId, "leftovers");
  expect(await strangersLeft()).toBe(3);
  expect(await dueAt(channelId, "leftovers"), "it is tried again").not.toBeNull();
  isOpen = true;
  await allIndexed(channelId);
  await reindex(channelId);
  await allIndexed(channelId);
  await alarm(channelId, "leftovers");
  await eventually(async () => (await strangersLeft()) === 0, "the removal");
  await expectIndexIsLog(channelId);
});

test("[SR3] a generation that begins while leftovers go has its own removed too", async () => {
  const { channelId } = await busyChannel();
  await allIndexed(channelId);
  await strangers(channelId, 3);
  await reindex(channelId);
  await allIndexed(channelId);
  let [goes, isOpen] = [false, false];
  interceptIndex(async (trip) => {
    const isRemoval = trip.statements.at(-1)!.sql.startsWith("DELETE FROM documents");
    goes ||= isRemoval;
    while (isRemoval && !isOpen) await scheduler.wait(1);
    return trip.run();
  });
  const ran = alarm(channelId, "leftovers");
  await eventually(() => goes);
  await reindex(channelId);
  await allIndexed(channelId);
  isOpen = true;
  await ran;
  expect(await dueAt(channelId, "leftovers")).not.toBeNull();
  await alarm(channelId, "leftovers");
  await eventually(async () => (await strangersLeft()) === 0, "the removal");
});
