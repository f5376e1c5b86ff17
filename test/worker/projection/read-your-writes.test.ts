import { afterEach, expect, test } from "vitest";
import {
  disconnectDatabase,
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { withPreviousRooms } from "../../support/worker/fakes/previous-release.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { projectedSeq, projectionProgress } from "../../support/worker/objects/projection.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(restoreDatabases);

async function two() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  return { ann, bob, channelId, at: `/v1/channels/${channelId}` };
}

const timed = async <T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> => {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
};

test("[PJ7] each write is visible to its author's next read and in D1", async () => {
  const { ann, bob, channelId, at } = await two();
  for (let n = 0; n < 10; n++) {
    const { body } = await ann.call("POST", `${at}/messages`, { content: `m${n}` });
    expect(await projectedSeq(channelId)).toBeGreaterThanOrEqual(body.seq);
    expect((await ann.call("GET", `${at}/messages`)).body.items.at(-1)).toEqual(body);
    const edited = (await ann.call("PATCH", `${at}/messages/${body.id}`, { content: "edited" })).body;
    expect((await bob.call("GET", `${at}/messages/${body.id}`)).body).toEqual(edited);
    expect((await ann.call("PATCH", at, { topic: `t${n}` })).body).toEqual((await bob.call("GET", at)).body);
  }
  await bob.call("POST", `${at}/leave`);
  expect((await ann.call("GET", `${at}/members`)).body.items).toHaveLength(1);
  await bob.call("POST", `${at}/join`);
  expect(
    (await bob.call("GET", "/v1/channels?scope=joined")).body.items.map(({ id }: { id: string }) => id),
  ).toEqual([channelId]);
});

test("[PJ7] an acknowledged socket command is visible to the next REST read", async () => {
  const { ann, bob, channelId, at } = await two();
  const socket = await ann.connect(channelId);
  for (let n = 0; n < 20; n++) {
    await socket.sendCommand("messageCreate", { content: `m${n}` });
    expect((await bob.call("GET", `${at}/messages?limit=1`)).body.items[0].content).toBe(`m${n}`);
  }
});

test("[PJ7] a slow D1 delays a write by at most 2 s, and the response says so", async () => {
  const { ann, channelId, at } = await two();
  let release = false;
  interceptDatabase(async (trip) => {
    if (isProjectionBatch(trip)) while (!release) await scheduler.wait(5);
    return trip.run();
  });
  const { result, ms } = await timed(() => ann.call("POST", `${at}/messages`, { content: "slow" }));
  expect(result.status).toBe(201);
  expect(ms).toBeGreaterThan(1_500);
  expect(ms).toBeLessThan(3_500 + loadAllowanceMs);
  expect(await projectedSeq(channelId)).toBe(3);
  release = true;
  expect((await ann.call("GET", `${at}/messages`)).body).toMatchObject({
    seq: 4,
    items: [{ content: "slow" }],
  });
});

test("[PJ7] while D1 fails writes do not wait, and reads of the channel have them", async () => {
  const { ann, channelId, at } = await two();
  await ann.call("POST", `${at}/messages`, { content: "before" });
  interceptDatabase((trip) => (isProjectionBatch(trip) ? rejectAsUnreachable() : trip.run()));
  await ann.call("POST", `${at}/messages`, { content: "the first to find out" });
  const { ms } = await timed(async () => {
    for (let n = 0; n < 20; n++)
      expect((await ann.call("POST", `${at}/messages`, { content: `m${n}` })).status).toBe(201);
    const { body } = await ann.call("GET", `${at}/messages?limit=100`);
    expect(body).toMatchObject({ seq: 25, hasMoreAfter: false });
    expect(body.items.map(({ content }: { content: string }) => content)).toEqual([
      "before",
      "the first to find out",
      ...Array.from({ length: 20 }, (_, n) => `m${n}`),
    ]);
  });
  expect(ms).toBeLessThan(1_900 + loadAllowanceMs);
  expect((await projectionProgress(channelId)).head).toBe(25);
  disconnectDatabase();
  for (const path of ["", "/messages", "/members", "/pins"])
    expect((await ann.call("GET", at + path)).body, path).toMatchObject({ seq: 25 });
  expect((await ann.call("GET", `${at}/events?after=4&limit=100`)).body.events).toHaveLength(21);
});

test("[RD4] a page is that of the room also while D1 lags, and so are those beside D1", async () => {
  const { ann, bob, channelId, at } = await two();
  interceptDatabase((trip) => (isProjectionBatch(trip) ? rejectAsUnreachable() : trip.run()));
  for (let n = 0; n < 5; n++) await ann.call("POST", `${at}/messages`, { content: `m${n}` });
  const { seq, epoch, items } = (await bob.call("GET", `${at}/messages`)).body;
  expect([seq, items.length]).toEqual([8, 5]);
  const socket = await bob.connect(channelId, `?since=${seq}&epoch=${epoch}`);
  expect(socket.events).toEqual([]);
  const lagging = (await withPreviousRooms(() => bob.call("GET", `${at}/messages`))).body;
  expect([lagging.seq, lagging.items]).toEqual([3, []]);
  const resumed = await bob.connect(channelId, `?since=${lagging.seq}&epoch=${lagging.epoch}`);
  expect(resumed.events.map((event) => event.seq)).toEqual([4, 5, 6, 7, 8]);
});

test("[RD4] every page carries the `seq` and `epoch` of one moment during writes", async () => {
  const { ann, bob, channelId, at } = await two();
  const socket = await ann.connect(channelId);
  let going = true;
  const writing = (async () => {
    for (let n = 0; going; n++) await socket.sendCommand("messageCreate", { content: String(n) });
  })();
  const { epoch } = (await bob.call("GET", at)).body;
  for (let n = 0; n < 40; n++) {
    const page = (await bob.call("GET", `${at}/messages?limit=100`)).body;
    expect(page.epoch).toBe(epoch);
    // The log has the channel, two members, then only messages, so a page of `seq` ends with that message.
    expect(page.items.at(-1)?.seq ?? 3).toBe(page.seq);
    const members = (await bob.call("GET", `${at}/members`)).body;
    expect([members.epoch, members.items.length]).toEqual([epoch, 2]);
  }
  going = false;
  await writing;
});
