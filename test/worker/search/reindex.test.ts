import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { skipBatchInterval } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  interceptSearchIndex,
  isIndexBatch,
  isNewGenerationBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { createActiveChannel, createEditedChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { runScheduledTask, scheduledAt } from "../../support/worker/objects/projection.ts";
import { inRoom, roomStub } from "../../support/worker/objects/room-object.ts";
import {
  countOrphanDocuments,
  indexedChannel,
  indexRows,
  insertOrphanDocuments,
  messageIdsWithWord,
  waitForIndex,
} from "../../support/worker/objects/search-index.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.useRealTimers();
});

const reindex = (channelId: string) => roomStub(channelId).reindex({ direct: false });

/** Returns the index's rows of a channel, without columns that depend on how often it was written. */
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

test("[SR3] a rebuilt index equals the one before, also after corruption", async () => {
  const { channelId, cid } = await createActiveChannel();
  await expectIndexMatchesLog(channelId);
  const before = await contentsOf(channelId);
  for (let time = 0; time < 2; time++) {
    expect(await reindex(channelId)).toMatchObject({ ok: true });
    await expectIndexMatchesLog(channelId);
    expect(await contentsOf(channelId)).toEqual(before);
  }
  const { no } = (await indexedChannel(channelId))!;
  await indexRows("UPDATE documents SET rev = rev + 1000, deleted = 1 - deleted, pinned = 1 - pinned");
  await indexRows("UPDATE search_text SET words = 'wrong' WHERE rowid % 2 = 0");
  await indexRows("UPDATE search_channels SET type = 'direct', name = 'wrong'");
  await indexRows("DELETE FROM search_members WHERE user_id = ?", cid.userId);
  await indexRows("INSERT INTO search_members (user_id, channel_no) VALUES ('usr_wrong', ?)", no);
  await reindex(channelId);
  await expectIndexMatchesLog(channelId);
  expect(await contentsOf(channelId)).toEqual(before);
});

test("[SR3] during a rebuild both old and new messages are found", async () => {
  const { ann, channelId } = await createEditedChannel();
  await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "sesame" });
  await waitForIndex(channelId);
  let [begun, isOpen] = [false, false];
  interceptSearchIndex(async (call) => {
    const done = await call.run();
    begun ||= isNewGenerationBatch(call);
    while (isNewGenerationBatch(call) && !isOpen) await scheduler.wait(1);
    return done;
  });
  skipBatchInterval();
  await reindex(channelId);
  await eventually(() => begun);
  expect(await messageIdsWithWord("sesame")).toHaveLength(1);
  expect((await indexedChannel(channelId))!.indexed_seq).toBe(0);
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 10; n++) await socket.sendCommand("messageCreate", { content: `sesame ${n}` });
  isOpen = true;
  await expectIndexMatchesLog(channelId);
  expect(await messageIdsWithWord("sesame")).toHaveLength(11);
});

test("[SR3] repeated reindexing works while users write, edit and delete", async () => {
  const { ann, channelId } = await createEditedChannel();
  const socket = await ann.connect(channelId);
  for (let round = 0; round < 8; round++) {
    void reindex(channelId);
    for (let n = 0; n < 8; n++) {
      socket.send(messageFrame(`pipelined ${round} ${n}`));
      const answer = await socket.sendCommand("messageCreate", { content: `round ${round} ${n}` });
      const { id: messageId } = (answer as any).data.message;
      if (n % 2) socket.send({ type: "messageUpdate", data: { messageId, content: "edited" } });
      if (n % 3) await socket.sendCommand("messageDelete", { messageId });
    }
  }
  await expectIndexMatchesLog(channelId);
});

for (const [when, isIt] of [
  ["before the first batch", isNewGenerationBatch],
  ["between batches", isIndexBatch],
] as const)
  test(`[SR3] an object that is lost ${when} finishes by its alarm`, async () => {
    const { ann, channelId } = await createEditedChannel();
    const socket = await ann.connect(channelId);
    for (let n = 0; n < 700; n++) socket.send(messageFrame(`many ${n}`));
    await socket.waitForSeq(700);
    await waitForIndex(channelId);
    let seen = 0;
    interceptSearchIndex(async (call) => {
      const done = await call.run();
      if (!isIt(call)) return done;
      seen++;
      return new Promise(() => {});
    });
    skipBatchInterval();
    await reindex(channelId);
    await eventually(() => seen > 0);
    await abortAllDurableObjects();
    restoreDatabases();
    const { indexed_seq, generation } = (await indexedChannel(channelId))!;
    expect([indexed_seq < 700, generation]).toEqual([true, 2]);
    await runScheduledTask(channelId, "search");
    await expectIndexMatchesLog(channelId);
  });

test("[SR3] rows without an event are deleted in batches, also after a crash", async () => {
  const { channelId } = await createEditedChannel();
  await waitForIndex(channelId);
  await insertOrphanDocuments(channelId, 1_200);
  await reindex(channelId);
  await waitForIndex(channelId);
  expect(await countOrphanDocuments()).toBe(1_200);
  const died = crashAt("room:after-leftovers");
  const ran = runScheduledTask(channelId, "leftovers").catch(() => "died");
  await died;
  await ran;
  expect(await countOrphanDocuments()).toBe(700);
  vi.useRealTimers();
  // Repeats the run as the platform retries an alarm, because the helper that ran the alarm does not.
  await inRoom(channelId, (_, { storage }) => storage.setAlarm(Date.now() + 60_000));
  await runScheduledTask(channelId, "leftovers");
  await eventually(
    async () => (await scheduledAt(channelId, "leftovers")) === null,
    "the end of the cleanup",
  );
  expect([await countOrphanDocuments(), await messageIdsWithWord("revenant")]).toEqual([0, []]);
  await expectIndexMatchesLog(channelId);
});

test("[SR3] stale rows stay until the channel is done, or a later generation begins", async () => {
  const { channelId } = await createEditedChannel();
  await waitForIndex(channelId);
  await insertOrphanDocuments(channelId, 3);
  let isOpen = false;
  interceptSearchIndex(async (call) => {
    while (isIndexBatch(call) && !isOpen) await scheduler.wait(1);
    return call.run();
  });
  skipBatchInterval();
  await reindex(channelId);
  await runScheduledTask(channelId, "leftovers");
  expect(await countOrphanDocuments()).toBe(3);
  expect(await scheduledAt(channelId, "leftovers"), "it is retried").not.toBeNull();
  isOpen = true;
  await waitForIndex(channelId);
  await reindex(channelId);
  await waitForIndex(channelId);
  await runScheduledTask(channelId, "leftovers");
  await eventually(async () => (await countOrphanDocuments()) === 0, "the removal");
  await expectIndexMatchesLog(channelId);
});

test("[SR3] a generation that begins during the cleanup is cleaned up too", async () => {
  const { channelId } = await createEditedChannel();
  await waitForIndex(channelId);
  await insertOrphanDocuments(channelId, 3);
  await reindex(channelId);
  await waitForIndex(channelId);
  let [goes, isOpen] = [false, false];
  interceptSearchIndex(async (call) => {
    const isRemoval = call.statements.at(-1)!.sql.startsWith("DELETE FROM documents");
    goes ||= isRemoval;
    while (isRemoval && !isOpen) await scheduler.wait(1);
    return call.run();
  });
  const ran = runScheduledTask(channelId, "leftovers");
  await eventually(() => goes);
  await reindex(channelId);
  await waitForIndex(channelId);
  isOpen = true;
  await ran;
  expect(await scheduledAt(channelId, "leftovers")).not.toBeNull();
  await runScheduledTask(channelId, "leftovers");
  await eventually(async () => (await countOrphanDocuments()) === 0, "the removal");
});
