import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { busyChannel } from "../../support/worker/busy-channel.ts";
import { livelyChannel } from "../../support/worker/lively-channel.ts";
import { channelOf, person } from "../../support/worker/cast.ts";
import {
  interceptDatabase,
  isProjection,
  recordOf,
  restoreDatabase,
  textOf,
  type Trip,
} from "../../support/worker/database.ts";
import { eventually } from "../../support/worker/eventually.ts";
import {
  alarm,
  allRecorded,
  expectRecordIsLog,
  progressOf,
  recorded,
} from "../../support/worker/projection.ts";
import { create } from "../../support/worker/room.ts";

afterEach(() => {
  restoreDatabase();
  vi.useRealTimers();
});

async function reproject(channelId: string) {
  const admin = await person("admin", { role: "admin" });
  return admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
}

const isClear = (trip: Trip): boolean => textOf(trip).includes('delete from "messages"');

test("[PJ6] the record that a rebuild makes equals the one thrown away, byte for byte", async () => {
  const { channelId } = await livelyChannel();
  await expectRecordIsLog(channelId);
  const before = JSON.stringify(await recordOf(channelId));
  for (let time = 0; time < 3; time++) {
    expect((await reproject(channelId)).status).toBe(200);
    await allRecorded(channelId);
    expect(JSON.stringify(await recordOf(channelId))).toBe(before);
  }
});

test("[PJ6] a rebuild leaves other channels and the names alone", async () => {
  const [{ channelId }, other] = [await busyChannel(), await busyChannel()];
  const before = await recordOf(other.channelId);
  await reproject(channelId);
  await allRecorded(channelId);
  expect(await recordOf(other.channelId)).toEqual(before);
  expect((await other.ann.call("POST", "/v1/channels", { name: `RENAMED ${channelId}` })).status).toBe(409);
});

test("[PJ6] a channel may be rebuilt while people write, edit and delete in it", async () => {
  const { ann, bob, channelId } = await busyChannel();
  const [annSocket, bobSocket] = [await ann.connect(channelId), await bob.connect(channelId)];
  const admin = await person("admin", { role: "admin" });
  for (let round = 0; round < 10; round++) {
    const rebuilding = admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
    for (let n = 0; n < 10; n++) {
      annSocket.send(create(`ann ${round} ${n}`));
      const { data } = (await bobSocket.ask("messageCreate", {
        content: `bob ${round} ${n}`,
      })) as unknown as { data: { message: { id: string } } };
      const messageId = data.message.id;
      if (n % 2) bobSocket.send({ type: "messageUpdate", data: { messageId, content: "edited" } });
      if (n % 3) await annSocket.ask("messageDelete", { messageId });
    }
    expect((await rebuilding).status).toBe(200);
  }
  await allRecorded(channelId);
  await expectRecordIsLog(channelId);
});

test("[PJ6] a batch that was answered only after the rebuild began does not make the room believe that D1 has it", async () => {
  const ann = await person("ann");
  const channelId = await channelOf(ann);
  let release = false;
  let held = false;
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    if (isProjection(trip) && !held) {
      held = true;
      while (!release) await scheduler.wait(1);
    }
    return done;
  });
  const saying = ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "one" });
  await eventually(() => held);
  await reproject(channelId);
  release = true;
  await saying;
  await allRecorded(channelId);
  await expectRecordIsLog(channelId);
});

test("[PJ6] a rebuild that the object does not survive ends with the whole record, by the next read", async () => {
  const { ann, channelId } = await busyChannel();
  let cleared = false;
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    if (!isClear(trip)) return done;
    cleared = true;
    return new Promise(() => {});
  });
  const rebuilding = reproject(channelId);
  await eventually(() => cleared);
  await abortAllDurableObjects();
  restoreDatabase();
  await rebuilding;
  expect(await recorded(channelId)).toBe(0);
  expect((await ann.call("GET", `/v1/channels/${channelId}/messages`)).body.items).toHaveLength(6);
  await expectRecordIsLog(channelId);
});

test("[PJ6] a rebuild that D1 lost the answer of heals without being asked for again", async () => {
  const { ann, channelId } = await busyChannel();
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    if (isClear(trip)) throw new Error("D1_ERROR: Network connection lost.");
    return done;
  });
  expect((await reproject(channelId)).status).toBe(503);
  restoreDatabase();
  // Whoever reads finds the record behind.
  await ann.call("GET", `/v1/channels/${channelId}/messages`);
  await allRecorded(channelId);
  await expectRecordIsLog(channelId);
});

test("[PJ6] only the workspace's owner and admins rebuild, and what does not exist can't be", async () => {
  const { ann, channelId } = await busyChannel();
  expect((await ann.call("POST", `/v1/admin/channels/${channelId}/reproject`)).status).toBe(403);
  expect((await reproject("chn_01AAAAAAAAAAAAAAAAAAAAAAAA")).status).toBe(404);
  while (await alarm(channelId));
  expect(await recorded(channelId)).toBe((await progressOf(channelId)).head);
});
