import { afterEach, expect, test, vi } from "vitest";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, inRoom, setRoomConfig } from "../../support/worker/objects/room-object.ts";

afterEach(() => vi.useRealTimers());

test("[RL4] @channel and @here are limited per user, channel and hour", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const [channelId, other] = [await createChannelFor(ann, [bob]), await createChannelFor(ann, [bob])];
  const post = (who: TestUser, content: string, id = channelId) =>
    who.call("POST", `/v1/channels/${id}/messages`, { content });
  const { body: root } = await post(ann, "@channel one");
  await setRoomConfig(channelId, { GROUP_MENTIONS_PER_HOUR: 4 });
  advanceClock(0);
  await inRoom(channelId, (_, { storage: { sql } }) => sql.exec("UPDATE group_mentions SET tokens = 1"));
  expect((await post(ann, "two @here")).status).toBe(201);
  const rejected = await Promise.all(
    Array.from({ length: 20 }, (_, n) => post(ann, n % 2 ? "@channel" : "hello @here")),
  );
  expect(rejected.map(({ status }) => status)).toEqual(rejected.map(() => 429));
  expect(rejected[0]!.body.detail).toContain("leave out `@channel` and `@here`");
  expect(rejected[0]!.body.retryAfterMs).toBeGreaterThan(0);
  expect(rejected[0]!.body.retryAfterMs).toBeLessThanOrEqual(3_600_000);
  const reply = await ann.call("POST", `/v1/channels/${channelId}/messages/${root.id}/thread`, {
    content: "@channel",
  });
  expect(reply.status).toBe(429);
  expect((await post(ann, `without it, @${bob.username}`)).status).toBe(201);
  expect((await post(ann, "`@channel` quoted")).status).toBe(201);
  expect((await post(bob, "@channel")).status).toBe(201);
  expect((await post(ann, "@channel", other)).status).toBe(201);
  // An edit notifies no group.
  const { body: plain } = await post(ann, "plain");
  const edited = await ann.call("PATCH", `/v1/channels/${channelId}/messages/${plain.id}`, {
    content: "@channel",
  });
  expect(edited.status).toBe(200);
  await evictRoom(channelId);
  expect((await post(ann, "@channel")).status).toBe(429);
  advanceClock(1_800_000);
  expect((await post(await createSession(ann), "@channel")).status).toBe(201);
});
