import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import {
  type DatabaseCall,
  interceptDatabase,
  isProjectionBatch,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { createActiveChannel, createEditedChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { channelRows } from "../../support/worker/objects/database.ts";
import {
  projectedSeq,
  projectionProgress,
  runScheduledTask,
  waitForProjections,
} from "../../support/worker/objects/projection.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

async function reproject(channelId: string) {
  const admin = await createUser("admin", { role: "admin" });
  return admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
}

const isClear = (trip: DatabaseCall): boolean => sqlOf(trip).includes('delete from "messages"');

test("[PJ6] a rebuild restores the projected rows byte for byte", async () => {
  const { channelId } = await createActiveChannel();
  await expectDatabaseMatchesLog(channelId);
  const before = JSON.stringify(await channelRows(channelId));
  for (let time = 0; time < 3; time++) {
    expect((await reproject(channelId)).status).toBe(200);
    await waitForProjections(channelId);
    expect(JSON.stringify(await channelRows(channelId))).toBe(before);
  }
});

test("[PJ6] a rebuild leaves other channels and the names alone", async () => {
  const [{ channelId }, other] = [await createEditedChannel(), await createEditedChannel()];
  const before = await channelRows(other.channelId);
  await reproject(channelId);
  await waitForProjections(channelId);
  expect(await channelRows(other.channelId)).toEqual(before);
  expect((await other.ann.call("POST", "/v1/channels", { name: `RENAMED ${channelId}` })).status).toBe(409);
});

test("[PJ6] a channel can be rebuilt during writes, edits and deletes", async () => {
  const { ann, bob, channelId } = await createEditedChannel();
  const [annSocket, bobSocket] = [await ann.connect(channelId), await bob.connect(channelId)];
  const admin = await createUser("admin", { role: "admin" });
  for (let round = 0; round < 10; round++) {
    const rebuilding = admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
    for (let n = 0; n < 10; n++) {
      annSocket.send(messageFrame(`ann ${round} ${n}`));
      const { data } = (await bobSocket.sendCommand("messageCreate", {
        content: `bob ${round} ${n}`,
      })) as unknown as { data: { message: { id: string } } };
      const messageId = data.message.id;
      if (n % 2) bobSocket.send({ type: "messageUpdate", data: { messageId, content: "edited" } });
      if (n % 3) await annSocket.sendCommand("messageDelete", { messageId });
    }
    expect((await rebuilding).status).toBe(200);
  }
  await waitForProjections(channelId);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ6] a batch acknowledged after the rebuild began does not move the cursor", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  let release = false;
  let held = false;
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    if (isProjectionBatch(trip) && !held) {
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
  await waitForProjections(channelId);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ6] a rebuild interrupted by a crash is completed by the next read", async () => {
  const { ann, channelId } = await createEditedChannel();
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
  restoreDatabases();
  await rebuilding;
  expect(await projectedSeq(channelId)).toBe(0);
  expect((await ann.call("GET", `/v1/channels/${channelId}/messages`)).body.items).toHaveLength(6);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ6] a rebuild whose D1 response was lost completes by itself", async () => {
  const { ann, channelId } = await createEditedChannel();
  interceptDatabase(async (trip) => {
    const done = await trip.run();
    if (isClear(trip)) throw new Error("D1_ERROR: Network connection lost.");
    return done;
  });
  expect((await reproject(channelId)).status).toBe(503);
  restoreDatabases();
  // A read finds D1 behind the log.
  await ann.call("GET", `/v1/channels/${channelId}/messages`);
  await waitForProjections(channelId);
  await expectDatabaseMatchesLog(channelId);
});

test("[PJ6] only owners and admins of the workspace can rebuild an existing channel", async () => {
  const { ann, channelId } = await createEditedChannel();
  expect((await ann.call("POST", `/v1/admin/channels/${channelId}/reproject`)).status).toBe(403);
  expect((await reproject("chn_01AAAAAAAAAAAAAAAAAAAAAAAA")).status).toBe(404);
  while (await runScheduledTask(channelId));
  expect(await projectedSeq(channelId)).toBe((await projectionProgress(channelId)).head);
});
