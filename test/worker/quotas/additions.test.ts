import { afterEach, expect, test, vi } from "vitest";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";

afterEach(() => vi.useRealTimers());

const add = (by: TestUser, channelId: string, { userId }: TestUser) =>
  by.call("POST", `/v1/channels/${channelId}/members`, { userId });

test("[QT5] hourly additions of a user are limited, half of that per adder", async () => {
  const [ann, eve, victim] = (await createUsers("ann", "eve", "victim")) as [TestUser, TestUser, TestUser];
  await setHubConfig(victim.userId, { USER_ADDED_PER_HOUR: 24 });
  const ofEve = await Promise.all(Array.from({ length: 10 }, () => createChannelFor(eve)));
  const ofAnn = await Promise.all(Array.from({ length: 10 }, () => createChannelFor(ann)));
  advanceClock(0);
  const byEve = [];
  for (const channelId of ofEve) byEve.push((await add(eve, channelId, victim)).status);
  expect(byEve).toEqual([...Array(6).fill(201), ...Array(4).fill(429)]);
  const byAnn = [];
  for (const channelId of ofAnn) byAnn.push(await add(ann, channelId, victim));
  expect(byAnn.map(({ status }) => status)).toEqual([...Array(6).fill(201), ...Array(4).fill(429)]);
  expect(byAnn[9]?.body).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  expect(byAnn[9]?.headers.get("Retry-After")).not.toBeNull();
  // A repeated addition succeeds, even if the budget is used up.
  expect((await add(ann, ofAnn[0] as string, victim)).status).toBe(200);
  expect((await ann.call("POST", "/v1/dms", { userIds: [victim.userId] })).status).toBe(429);
  expect((await victim.call("POST", "/v1/dms", { userIds: [ann.userId] })).status).toBe(201);
  expect((await victim.call("POST", `/v1/channels/${ofAnn[9]}/join`)).status).toBe(200);
  vi.setSystemTime(Date.now() + 600_000);
  expect((await add(eve, ofEve[9] as string, victim)).status).toBe(201);
});

test("[QT5] the additions that a user makes are limited too", async () => {
  const [eve, ...others] = (await createUsers("eve", ..."abcdef")) as [TestUser, ...TestUser[]];
  await setHubConfig(eve.userId, { USER_ADDITIONS_PER_HOUR: 8 });
  const channelId = await createChannelFor(eve);
  advanceClock(0);
  const statuses = [];
  for (const other of others) statuses.push((await add(eve, channelId, other)).status);
  expect(statuses).toEqual([201, 201, 201, 201, 429, 429]);
});

test("[QT5] no user is in more channels than the limit, by any way to join", async () => {
  const [ann, full, eve] = (await createUsers("ann", "full", "eve")) as [TestUser, TestUser, TestUser];
  const channels = await Promise.all([1, 2, 3, 4].map(() => createChannelFor(ann)));
  await setHubConfig(full.userId, { USER_CHANNELS_MAX: 2 });
  for (const channelId of channels.slice(0, 2)) {
    expect((await add(ann, channelId, full)).status).toBe(201);
    await waitForNotifications(channelId);
  }
  expect(await add(ann, channels[2] as string, full)).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });
  expect((await full.call("POST", `/v1/channels/${channels[2]}/join`)).status).toBe(409);
  expect((await full.call("POST", "/v1/channels", { name: "one too many" })).status).toBe(409);
  expect((await eve.call("POST", "/v1/channels", { name: "one too many" })).status).toBe(201);
  expect((await full.call("POST", `/v1/channels/${channels[0]}/leave`)).status).toBe(204);
  await waitForNotifications(channels[0] as string);
  expect((await full.call("POST", `/v1/channels/${channels[2]}/join`)).status).toBe(200);
});

test("[QT6] new channels, direct messages, profile and status have hourly limits", async () => {
  const ann = await createUser("ann");
  const others = await createUsers(..."abcd");
  await setHubConfig(ann.userId, {
    USER_CHANNELS_PER_HOUR: 4,
    USER_DMS_PER_HOUR: 4,
    USER_PROFILE_CHANGES_PER_HOUR: 4,
    USER_STATUS_CHANGES_PER_HOUR: 4,
  });
  advanceClock(0);
  const attempts = async (call: (n: number) => Promise<{ status: number }>): Promise<number[]> => {
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await call(n)).status);
    return statuses;
  };
  expect(await attempts((n) => ann.call("POST", "/v1/channels", { name: `many ${n}` }))).toEqual([
    201, 201, 429, 429,
  ]);
  expect(await attempts((n) => ann.call("POST", "/v1/dms", { userIds: [others[n]!.userId] }))).toEqual([
    201, 201, 429, 429,
  ]);
  expect((await ann.call("POST", "/v1/dms", { userIds: [others[0]!.userId] })).status).toBe(200);
  expect(await attempts((n) => ann.call("PATCH", "/v1/users/me", { displayName: `Ann ${n}` }))).toEqual([
    200, 200, 429, 429,
  ]);
  expect(
    await attempts((n) => ann.call("PUT", "/v1/users/me/status", { presence: n % 2 ? "away" : "auto" })),
  ).toEqual([200, 200, 429, 429]);
});
