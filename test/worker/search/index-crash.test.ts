import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { channelOf, type Person, person, roomOf } from "../../support/worker/cast.ts";
import { interceptIndex, restoreDatabase, type Trip, unreachable } from "../../support/worker/database.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { alarm } from "../../support/worker/projection.ts";
import { dieAt } from "../../support/worker/room.ts";
import {
  allIndexed,
  expectIndexIsLog,
  foundBy,
  indexed,
  indexRows,
  isIndexing,
  passRest,
} from "../../support/worker/search-index.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabase();
  vi.useRealTimers();
});

async function one(): Promise<{ ann: Person; channelId: string }> {
  const ann = await person("ann");
  const channelId = await channelOf(ann);
  await allIndexed(channelId);
  return { ann, channelId };
}

const say = (ann: Person, channelId: string, content: string) =>
  ann.call("POST", `/v1/channels/${channelId}/messages`, { content, nonce: content.replaceAll(" ", "-") });

for (const point of ["room:before-index", "room:after-index"] as const)
  test(`[SR1] the object dies 10 times at ${point}: nothing is there twice, nothing is missing`, async () => {
    const { ann, channelId } = await one();
    const word = point.slice(5).replace("-", "");
    for (let round = 0; round < 10; round++) {
      const died = dieAt(point);
      passRest();
      const answer = say(ann, channelId, `${word} ${round}`);
      await died;
      await answer;
      expect(await indexed(channelId)).toBe(2 + round + (point === "room:after-index" ? 1 : 0));
      if (round % 2) await alarm(channelId, "search");
      await allIndexed(channelId);
    }
    expect(await foundBy(word)).toHaveLength(10);
    await expectIndexIsLog(channelId);
  });

test("[SR1] while the index is down people write and read as ever; then all arrives by itself, and later ones at once", async () => {
  const { ann, channelId } = await one();
  interceptIndex(unreachable);
  passRest();
  for (let n = 0; n < 40; n++) expect((await say(ann, channelId, `m${n}`)).status).toBe(201);
  const page = await ann.call("GET", `/v1/channels/${channelId}/messages?limit=100`);
  expect(page.body.items).toHaveLength(40);
  expect(await indexed(channelId)).toBe(2);
  const health = await ann.call("GET", "/v1/health");
  expect(health).toMatchObject({
    status: 200,
    body: { status: "degraded", checks: { search: { status: "down" }, database: { status: "ok" } } },
  });
  for (let n = 0; n < 5; n++) await alarm(channelId, "search");
  await abortAllDurableObjects();
  restoreDatabase();
  await alarm(channelId, "search");
  await eventually(async () => (await indexed(channelId)) === 42, "what was written meanwhile");
  passRest();
  await say(ann, channelId, "after");
  await eventually(async () => (await indexed(channelId)) === 43, "what came after");
  await expectIndexIsLog(channelId);
});

test("[SR1] [SR2] a batch thought lost that comes after its successor fails whole and changes nothing", async () => {
  const { ann, channelId } = await one();
  const caught: Trip[] = [];
  interceptIndex((trip) => (isIndexing(trip) ? (caught.push(trip), unreachable()) : trip.run()));
  passRest();
  const { body } = await say(ann, channelId, "sesame");
  await eventually(() => caught.length > 0);
  restoreDatabase();
  await alarm(channelId, "search");
  expect(await foundBy("sesame")).toEqual([body.id]);
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${body.id}`);
  await allIndexed(channelId);
  const rows = () => indexRows("SELECT * FROM documents");
  const before = await rows();
  for (let time = 0; time < 3; time++)
    await expect(caught[0]!.run()).rejects.toThrow("NOT NULL constraint failed: search_channels.indexed_seq");
  expect(await rows()).toEqual(before);
  await expectIndexIsLog(channelId);
});

test("[SR2] nor does it pass in the beginning of an index that is written anew", async () => {
  const ann = await person("ann");
  let first: Trip | undefined;
  interceptIndex((trip) => {
    if (isIndexing(trip)) first ??= trip;
    return trip.run();
  });
  const channelId = await channelOf(ann);
  await allIndexed(channelId);
  let anew = false;
  let passed: unknown;
  interceptIndex(async (trip) => {
    const done = await trip.run();
    if (trip.statements[0]!.sql.includes("UPDATE search_channels SET epoch")) {
      anew = true;
      passed = await first!.run().catch((error: unknown) => String(error));
    }
    return done;
  });
  await roomOf(channelId).reindex({ direct: false });
  await eventually(() => anew && passed !== undefined);
  expect(passed).toContain("NOT NULL constraint failed: search_channels.indexed_seq");
  await expectIndexIsLog(channelId);
});
