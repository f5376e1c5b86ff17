import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import {
  interceptSearchIndex,
  isIndexBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";
import {
  indexContains,
  indexRows,
  messageIdsWithWord,
  waitForIndex,
} from "../../support/worker/objects/search-index.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

const say = async (ann: TestUser, channelId: string, content: string): Promise<string> =>
  (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content })).body.id;

test("[SR2] deleted and edited texts leave nothing in any blob of the index", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const words = ["xylograph", "quokka", "zeugma"] as const;
  const ids = [];
  for (const word of words) ids.push(await say(ann, channelId, `a ${word} among others`));
  for (let n = 0; n < 20; n++) await say(ann, channelId, `filler ${n}`);
  await waitForIndex(channelId);
  for (const word of words) expect(await indexContains(word)).toBe(true);
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${ids[0]}`);
  await ann.call("PATCH", `/v1/channels/${channelId}/messages/${ids[1]}`, { content: "other words" });
  await waitForIndex(channelId);
  expect(await Promise.all(words.map(indexContains))).toEqual([false, false, true]);
  expect(await Promise.all(words.map(messageIdsWithWord))).toEqual([[], [], [ids[2]]]);
  await expectIndexMatchesLog(channelId);
});

test("[SR2] a text deleted before indexing is never indexed; its tombstone is", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const written: string[] = [];
  interceptSearchIndex((call) => {
    written.push(...call.statements.flatMap(({ params }) => params.map(String)));
    return rejectAsUnreachable();
  });
  await writeWhileIndexRejects(channelId, ann);
  interceptSearchIndex((call) => {
    if (isIndexBatch(call)) written.push(...call.statements.flatMap(({ params }) => params.map(String)));
    return call.run();
  });
  written.length = 0;
  await runScheduledTask(channelId, "search");
  await waitForIndex(channelId);
  expect(written.join()).not.toContain("sesame");
  expect(await indexRows("SELECT deleted FROM documents WHERE deleted = 1")).toHaveLength(2);
  await expectIndexMatchesLog(channelId);
});

/** Writes, edits and deletes a message while the index rejects all batches. */
async function writeWhileIndexRejects(channelId: string, ann: TestUser): Promise<void> {
  const id = await say(ann, channelId, "sesame");
  await ann.call("PATCH", `/v1/channels/${channelId}/messages/${id}`, { content: "sesame again" });
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${id}`);
}

test("[SR2] [SR3] reindexing restores no deleted text and keeps the tombstones", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const id = await say(ann, channelId, "sesame");
  await say(ann, channelId, "stays");
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${id}`);
  await waitForIndex(channelId);
  const tombstones = () => indexRows("SELECT doc, rev, deleted FROM documents WHERE message_id = ?", id);
  const before = await tombstones();
  const sent: string[] = [];
  interceptSearchIndex((call) => {
    sent.push(...call.statements.flatMap(({ params }) => params.map(String)));
    return call.run();
  });
  for (let time = 0; time < 3; time++) {
    await roomStub(channelId).reindex({ direct: false });
    await waitForIndex(channelId);
  }
  expect(sent.join()).not.toContain("sesame");
  expect(await indexContains("sesame")).toBe(false);
  expect(await tombstones()).toEqual(before);
  await expectIndexMatchesLog(channelId);
});

for (const [what, narrow] of [
  [
    "a removal",
    (ann: TestUser, bob: TestUser, at: string) => ann.call("DELETE", `${at}/members/${bob.userId}`),
  ],
  [
    "making it private",
    (ann: TestUser, _: TestUser, at: string) => ann.call("PATCH", at, { isPrivate: true }),
  ],
] as const) {
  const createSearchScenario = async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const channelId = await createChannelFor(ann, [bob]);
    await waitForIndex(channelId);
    const readers = () =>
      indexRows(
        "SELECT type, user_id AS id FROM search_channels JOIN search_members ON channel_no = no WHERE channel_id = ? ORDER BY user_id",
        channelId,
      );
    const after = [ann, bob]
      .filter((who) => what !== "a removal" || who === ann)
      .map(({ userId: id }) => ({ type: what === "a removal" ? "public" : "private", id }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return { channelId, readers, after, act: () => narrow(ann, bob, `/v1/channels/${channelId}`) };
  };

  test(`[SR11] ${what} is answered only once the index has it`, async () => {
    const { readers, after, act } = await createSearchScenario();
    let [waits, isOpen] = [false, false];
    interceptSearchIndex(async (call) => {
      waits ||= isIndexBatch(call);
      while (isIndexBatch(call) && !isOpen) await scheduler.wait(1);
      return call.run();
    });
    let isAnswered = false;
    const answer = act().finally(() => (isAnswered = true));
    await eventually(() => waits);
    await scheduler.wait(20);
    expect(isAnswered).toBe(false);
    expect(await readers()).not.toEqual(after);
    isOpen = true;
    expect((await answer).status).toBeLessThan(300);
    expect(await readers()).toEqual(after);
  });

  test(`[SR11] ${what} is \`unavailable\` while the index fails; a repeat confirms`, async () => {
    const { channelId, readers, after, act } = await createSearchScenario();
    interceptSearchIndex((call) => (isIndexBatch(call) ? rejectAsUnreachable() : call.run()));
    expect((await act()).body.code).toBe("unavailable");
    expect((await act()).body.code, "it is still not confirmed").toBe("unavailable");
    restoreDatabases();
    await runScheduledTask(channelId, "search");
    expect((await act()).status).toBeLessThan(300);
    expect(await readers()).toEqual(after);
    await expectIndexMatchesLog(channelId);
  });
}

test("[SR11] a member who left never appears readable in a rebuilt index", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await ann.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true });
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  await waitForIndex(channelId);
  for (const table of ["search_channels", "search_members", "documents", "search_text"])
    await indexRows(`DELETE FROM ${table}`);
  const seen = new Set<string>();
  interceptSearchIndex(async (call) => {
    const done = await call.run();
    for (const { type } of await indexRows<{ type: string }>("SELECT type FROM search_channels"))
      seen.add(type);
    if ((await indexRows("SELECT 1 FROM search_members WHERE user_id = ?", bob.userId)).length > 0)
      seen.add("bob");
    return done;
  });
  await roomStub(channelId).reindex({ direct: false });
  await eventually(() => seen.size > 0);
  await expectIndexMatchesLog(channelId);
  expect([...seen]).toEqual(["private"]);
});
