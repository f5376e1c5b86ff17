import { afterEach, expect, test, vi } from "vitest";
import { hubOf } from "../../../src/rpc/stubs.ts";
import { env } from "cloudflare:workers";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import {
  disconnectDatabase,
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { withPreviousRooms } from "../../support/worker/fakes/previous-release.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { exhaustRetries, projectedSeq, runScheduledTask } from "../../support/worker/objects/projection.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

/** D1 answers reads, but nothing is projected. */
const stallProjection = () =>
  interceptDatabase((trip) => (isProjectionBatch(trip) ? rejectAsUnreachable() : trip.run()));

async function three({ isPrivate = true } = {}) {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid], { isPrivate });
  const { body } = await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "secret" });
  return { ann, bob, cid, channelId, at: `/v1/channels/${channelId}`, messageId: body.id as string };
}

for (const [how, outage] of [
  ["D1 is down", disconnectDatabase],
  ["only the projection is stuck", stallProjection],
] as const) {
  test(`[RD3] [RD1] a member removed while ${how} reads nothing; confirmed once in D1`, async () => {
    const { ann, bob, cid, channelId, at, messageId } = await three();
    const sockets = [
      await bob.connect(channelId),
      await bob.connect(channelId),
      await cid.connect(channelId),
    ] as const;
    outage();
    const removal = () => ann.call("DELETE", `${at}/members/${bob.userId}`);
    expect((await removal()).status).toBe(503);
    for (const path of [
      "",
      "/messages",
      "/members",
      "/events",
      `/messages/${messageId}`,
      `/messages/${messageId}/history`,
    ]) {
      const { status, text } = await bob.call("GET", `${at}${path}`);
      expect([status, path]).toEqual([404, path]);
      expect(text).not.toContain("secret");
    }
    expect((await requestUpgrade(`${at}/realtime`, bob.token)).status).toBe(404);
    for (const [path, body] of [
      ["/messages", { content: "I am still here" }],
      ["/join", undefined],
      ["/members", { userId: bob.userId }],
    ] as const)
      expect((await bob.call("POST", `${at}${path}`, body)).status).toBe(404);
    await ann.call("POST", `${at}/messages`, { content: "after Bob" });
    for (const socket of sockets.slice(0, 2)) {
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(JSON.stringify(socket.seen)).not.toContain("after Bob");
    }
    await sockets[2].waitForSeq(7);
    expect(JSON.stringify(sockets[2].seen)).toContain("after Bob");
    await exhaustRetries(channelId);
    // D1 does not have it yet: a repeated removal is still not confirmed.
    expect((await removal()).status).toBe(503);
    expect(
      await databaseRows(
        "SELECT 1 FROM channel_members WHERE channel_id = ? AND user_id = ?",
        channelId,
        bob.userId,
      ),
    ).toHaveLength(1);
    restoreDatabases();
    expect((await removal()).status, "D1 answers again, but the record has it not yet").toBe(503);
    await runScheduledTask(channelId);
    expect((await removal()).status).toBe(204);
    expect(
      await databaseRows(
        "SELECT 1 FROM channel_members WHERE channel_id = ? AND user_id = ?",
        channelId,
        bob.userId,
      ),
    ).toEqual([]);
    await expectDatabaseMatchesLog(channelId);
    expect((await bob.call("GET", "/v1/channels?scope=joined")).body.items).toEqual([]);
  });
}

test("[RD3] leaving is confirmed only once D1 has it, and can be repeated until then", async () => {
  const { bob, channelId, at } = await three({ isPrivate: false });
  stallProjection();
  const leave = () => bob.call("POST", `${at}/leave`);
  expect((await leave()).status).toBe(503);
  await exhaustRetries(channelId);
  expect((await leave()).status).toBe(503);
  restoreDatabases();
  await runScheduledTask(channelId);
  expect((await leave()).status).toBe(204);
  expect((await leave()).status).toBe(204);
});

test("[RD3] a channel turned private locks others out at once; confirmed once in D1", async () => {
  const { ann, channelId, at } = await three({ isPrivate: false });
  const [eve] = (await createUsers("eve")) as [TestUser];
  const socket = await eve.connect(channelId);
  stallProjection();
  const close = () => ann.call("PATCH", at, { isPrivate: true });
  expect((await close()).status).toBe(503);
  expect((await eve.call("GET", `${at}/messages`)).status).toBe(404);
  expect(await socket.closed).toMatchObject({ code: 4403 });
  await exhaustRetries(channelId);
  expect((await close()).status, "still not recorded").toBe(503);
  restoreDatabases();
  await runScheduledTask(channelId);
  expect((await close()).status).toBe(200);
  expect(
    (await eve.call("GET", "/v1/channels?scope=public&limit=100")).body.items.map(
      ({ id }: { id: string }) => id,
    ),
  ).not.toContain(channelId);
});

test("[RD1] [RD3] a D1 page read after the reader's removal is discarded", async () => {
  const { ann, bob, at, channelId, messageId } = await three();
  for (const path of ["/messages", "", "/members", `/messages/${messageId}/history`]) {
    await ann.call("POST", `${at}/members`, { userId: bob.userId });
    let slow = false;
    let release = false;
    interceptDatabase(async (trip) => {
      if (sqlOf(trip).startsWith("select") && !slow) {
        slow = true;
        while (!release) await scheduler.wait(1);
      }
      return trip.run();
    });
    // Only rooms of the previous release leave all of these reads to D1.
    const reading = withPreviousRooms(() => bob.call("GET", `${at}${path}`));
    await eventually(() => slow);
    // The room has authorized the read long before D1 starts it.
    await scheduler.wait(5);
    expect((await ann.call("DELETE", `${at}/members/${bob.userId}`)).status).toBe(204);
    await ann.call("PATCH", `${at}/messages/${messageId}`, { content: `not for Bob ${path}` });
    await ann.call("PATCH", at, { topic: `not for Bob ${path}` });
    release = true;
    const { status, text } = await reading;
    restoreDatabases();
    expect([path, status]).toEqual([path, 404]);
    expect(text).not.toContain("not for Bob");
  }
  expect(await projectedSeq(channelId)).toBeGreaterThan(0);
});

test("[RD3] a suspended member reads nothing and can be removed for good", async () => {
  const { ann, bob, at, channelId } = await three();
  const facts = { userId: bob.userId, username: bob.username, role: "member" as const, credentialVersion: 1 };
  await hubOf(env, bob.userId).applyAccount({ ...facts, active: false, rev: 2 });
  expect((await bob.call("GET", `${at}/messages`)).status).toBe(401);
  expect((await ann.call("DELETE", `${at}/members/${bob.userId}`)).status).toBe(204);
  expect(
    (await ann.call("GET", `${at}/members`)).body.items.map(({ userId }: { userId: string }) => userId),
  ).not.toContain(bob.userId);
  await hubOf(env, bob.userId).applyAccount({ ...facts, active: true, rev: 3 });
  expect(
    (await ann.call("POST", `${at}/members`, { userId: bob.userId })).status,
    "they are not in it still",
  ).toBe(201);
  await expectDatabaseMatchesLog(channelId);
});
