import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { reservedNameKey } from "../../../src/features/channels/decide.ts";
import { resolveStaleClaims } from "../../../src/features/channels/index.ts";
import type { Channel } from "../../../src/protocol/index.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { isNameClaim, pauseNextCall } from "../../support/worker/fakes/paused-call.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import {
  exhaustRetries,
  projectionProgress,
  runScheduledTask,
  waitForProjection,
} from "../../support/worker/objects/projection.ts";
import { roomRows, sendTogether } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  restoreDatabases();
  vi.useRealTimers();
});

const createNamed = (who: TestUser, name: string) => who.call("POST", "/v1/channels", { name });
const rename = (who: TestUser, channelId: string, name: string) =>
  who.call("PATCH", `/v1/channels/${channelId}`, { name });
const claimsOf = (channelId: string) =>
  databaseRows<{ name_key: string; confirmed: number }>(
    "SELECT name_key, confirmed FROM channel_names WHERE channel_id = ? ORDER BY name_key",
    channelId,
  );
/** Runs the room's alarms until D1 has its whole log. */
const drainProjection = (channelId: string) =>
  eventually(async () => {
    await runScheduledTask(channelId);
    const { head, recorded } = await projectionProgress(channelId);
    return head === recorded;
  }, "D1 to have the log");

/** Expects one claim for each name of a live public channel, and no other claims. */
async function expectClaimsMatchNames(): Promise<void> {
  const channels = await databaseRows<{ id: string }>("SELECT channel_id AS id FROM channel_directory");
  for (const { id } of channels) await waitForProjection(id);
  const expectedClaims = await Promise.all(
    channels.map(async ({ id }) => {
      const [row] = await roomRows<{ channel: string }>(id, "SELECT channel FROM channel");
      const reserved = reservedNameKey(JSON.parse(row!.channel) as Channel);
      return reserved === undefined ? [] : [[reserved, id]];
    }),
  );
  const held = await databaseRows<{ name_key: string; channel_id: string }>(
    "SELECT name_key, channel_id FROM channel_names",
  );
  expect(held.map(({ name_key, channel_id }) => `${name_key} ${channel_id}`).sort()).toEqual(
    expectedClaims
      .flat()
      .map((pair) => pair.join(" "))
      .sort(),
  );
}

test("[NM1] a rename claims the new name and frees the old; its own name is a no-op", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { body } = await createNamed(ann, "first");
  expect((await rename(ann, body.id, "second")).body.name).toBe("second");
  expect((await createNamed(bob, "FIRST")).status).toBe(201);
  expect((await rename(ann, body.id, "first")).status).toBe(409);
  expect((await rename(ann, body.id, "SECOND")).body.name).toBe("SECOND");
  const { seq } = (await ann.call("GET", `/v1/channels/${body.id}`)).body;
  expect((await rename(ann, body.id, "SECOND")).body.seq).toBe(seq);
  expect(await claimsOf(body.id)).toEqual([{ name_key: "second", confirmed: 1 }]);
  await expectClaimsMatchNames();
});

test("[NM1] [NM2] of concurrent renames to one name one wins; the others keep theirs", async () => {
  const users = (await createUsers(..."abcdefgh")) as TestUser[];
  const ids = await Promise.all(users.map((who) => createChannelFor(who)));
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([
      ...users.map((who, n) => rename(who, ids[n]!, n % 2 ? `Prize ${round}` : `PRIZE ${round}`)),
      createNamed(users[0]!, `prize ${round}`),
    ]);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(8);
  }
  await expectClaimsMatchNames();
});

test("[NM2] a channel renamed to many names at once holds only the last one", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const channelId = await createChannelFor(ann);
  const socket = await ann.connect(channelId);
  for (let round = 0; round < 5; round++) {
    const frames = Array.from(
      { length: 6 },
      (_, n) =>
        [
          ann,
          { id: `${round} ${n}`, type: "channelUpdate", data: { name: `many ${round} ${n % 4}` } },
        ] as const,
    );
    await Promise.all([
      sendTogether(channelId, frames),
      ...[0, 1, 2].map((n) => rename(ann, channelId, `many ${round} ${n}`)),
      rename(ann, channelId, `other ${round}`),
    ]);
    for (const [, { id }] of frames)
      await socket.waitFor((item) => (item.type === "ack" || item.type === "error") && item.id === id);
  }
  await expectClaimsMatchNames();
  await expectDatabaseMatchesLog(channelId);
});

test("[NM2] renaming back during a rename leaves no channel without its claim", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  for (let round = 0; round < 10; round++) {
    const { body } = await createNamed(ann, `home ${round}`);
    // Two sockets, so that the second command does not wait for the first one's claim.
    const sockets = [await ann.connect(body.id), await bob.connect(body.id)];
    const pausedClaim = pauseNextCall(isNameClaim, "after D1");
    const away = rename(ann, body.id, `away ${round}`);
    await pausedClaim.reached();
    pausedClaim.release();
    // The current name in another case: it needs no claim while the channel still holds it.
    await Promise.all([
      away,
      ...Array.from({ length: 5 }, (_, n) => rename(ann, body.id, `${n % 2 ? "HOME" : "Home"} ${round}`)),
    ]);
    restoreDatabases();
    for (const socket of sockets) socket.close();
    await createNamed(bob, `home ${round}`);
    await createNamed(bob, `away ${round}`);
  }
  await expectClaimsMatchNames();
});

test("[NM1] [NM2] while D1 is down only the channel itself gets its old name back", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { body } = await createNamed(ann, "forth");
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));
  expect((await rename(ann, body.id, "back")).status).toBe(200);
  expect((await createNamed(bob, "forth")).status, "D1 still has the old claim").toBe(409);
  expect((await rename(ann, body.id, "forth")).status, "the room released the old name").toBe(200);
  expect((await createNamed(bob, "forth")).status).toBe(409);
  await exhaustRetries(body.id);
  for (const name of ["third", "fourth", "BACK now", "last"])
    expect((await rename(ann, body.id, name)).status).toBe(200);
  restoreDatabases();
  await drainProjection(body.id);
  expect(await claimsOf(body.id)).toEqual([{ name_key: "last", confirmed: 1 }]);
  expect((await rename(ann, body.id, "forth")).status).toBe(200);
  await expectClaimsMatchNames();
});

test("[NM2] its room settles unconfirmed claims of a channel renamed twice", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));
  const { body } = await createNamed(ann, "one");
  await rename(ann, body.id, "two");
  await rename(ann, body.id, "three");
  await writeDatabase(
    "UPDATE channel_names SET claimed_at = claimed_at - 700000 WHERE channel_id = ?",
    body.id,
  );
  expect((await createNamed(bob, "one")).status, "the room no longer holds the name").toBe(201);
  expect((await createNamed(bob, "three")).status, "the room holds the name").toBe(409);
  expect(await resolveStaleClaims(env)).toBeGreaterThan(0);
  expect(await claimsOf(body.id)).toEqual([{ name_key: "three", confirmed: 1 }]);
  restoreDatabases();
  await runScheduledTask(body.id);
  for (const { id } of await databaseRows<{ id: string }>("SELECT channel_id AS id FROM channel_names"))
    await runScheduledTask(id);
  await expectClaimsMatchNames();
});

test("[NM2] a rename rejected for permission, field or room leaves no claim", async () => {
  const [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const privateId = await createChannelFor(ann, [], { isPrivate: true });
  const before = await databaseRows("SELECT * FROM channel_names");
  expect((await rename(bob, channelId, "not yours")).status).toBe(403);
  expect((await rename(eve, channelId, "not yours")).status).toBe(403);
  expect((await rename(eve, privateId, "not yours")).status).toBe(404);
  expect(
    (await ann.call("PATCH", `/v1/channels/${channelId}`, { name: "not yours", topic: "x".repeat(251) }))
      .status,
  ).toBe(400);
  const socket = await bob.connect(channelId);
  expect((await socket.sendCommand("channelUpdate", { name: "not yours" })).type).toBe("error");
  expect(await databaseRows("SELECT * FROM channel_names")).toEqual(before);

  // Rejected only by the room: the permission was revoked while the name was being claimed.
  await ann.call("PATCH", `/v1/channels/${channelId}/members/${bob.userId}`, { role: "moderator" });
  const pausedClaim = pauseNextCall(isNameClaim, "after D1");
  const renaming = rename(bob, channelId, "not yours");
  await pausedClaim.reached();
  await ann.call("PATCH", `/v1/channels/${channelId}/members/${bob.userId}`, { role: "member" });
  pausedClaim.release();
  expect((await renaming).status).toBe(403);
  restoreDatabases();
  expect(await databaseRows("SELECT * FROM channel_names")).toEqual(before);
  expect((await createNamed(eve, "not yours")).status).toBe(201);
});

for (const what of ["create", "rename"] as const) {
  test(`[NM2] a ${what} whose claim expired and was reassigned does not get the name`, async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const channelId = await createChannelFor(ann);
    const pausedClaim = pauseNextCall(isNameClaim, "after D1");
    const name = `slow ${what}`;
    const slow = what === "create" ? createNamed(ann, name) : rename(ann, channelId, name);
    await pausedClaim.reached();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11_000 });
    expect((await createNamed(bob, name)).status).toBe(201);
    pausedClaim.release();
    const { status } = await slow;
    expect([409, 503]).toContain(status);
    await expectClaimsMatchNames();
    expect(await databaseRows("SELECT id FROM channels WHERE name_key = ?", name)).toHaveLength(1);
  });
}
