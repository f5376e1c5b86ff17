import { afterEach, expect, test, vi } from "vitest";
import { channelOf, type Person, people, person } from "../../support/worker/cast.ts";
import { later, withHubVars } from "../../support/worker/hubs.ts";
import { allNotified } from "../../support/worker/projection.ts";

afterEach(() => vi.useRealTimers());

const add = (by: Person, channelId: string, { userId }: Person) =>
  by.call("POST", `/v1/channels/${channelId}/members`, { userId });

test("[QT5] others add a user to so many channels an hour, any one of them to half as many; joining is one's own", async () => {
  const [ann, eve, victim] = (await people("ann", "eve", "victim")) as [Person, Person, Person];
  await withHubVars(victim.userId, { USER_ADDED_PER_HOUR: 24 });
  const ofEve = await Promise.all(Array.from({ length: 10 }, () => channelOf(eve)));
  const ofAnn = await Promise.all(Array.from({ length: 10 }, () => channelOf(ann)));
  later(0);
  const byEve = [];
  for (const channelId of ofEve) byEve.push((await add(eve, channelId, victim)).status);
  expect(byEve).toEqual([...Array(6).fill(201), ...Array(4).fill(429)]);
  const byAnn = [];
  for (const channelId of ofAnn) byAnn.push(await add(ann, channelId, victim));
  expect(byAnn.map(({ status }) => status)).toEqual([...Array(6).fill(201), ...Array(4).fill(429)]);
  expect(byAnn[9]?.body).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  expect(byAnn[9]?.headers.get("Retry-After")).not.toBeNull();
  // Twice is once, whatever was used up.
  expect((await add(ann, ofAnn[0] as string, victim)).status).toBe(200);
  expect((await ann.call("POST", "/v1/dms", { userIds: [victim.userId] })).status).toBe(429);
  expect((await victim.call("POST", "/v1/dms", { userIds: [ann.userId] })).status).toBe(201);
  expect((await victim.call("POST", `/v1/channels/${ofAnn[9]}/join`)).status).toBe(200);
  vi.setSystemTime(Date.now() + 600_000);
  expect((await add(eve, ofEve[9] as string, victim)).status).toBe(201);
});

test("[QT5] who adds people is limited too, whomever they add", async () => {
  const [eve, ...others] = (await people("eve", ..."abcdef")) as [Person, ...Person[]];
  await withHubVars(eve.userId, { USER_ADDITIONS_PER_HOUR: 8 });
  const channelId = await channelOf(eve);
  later(0);
  const statuses = [];
  for (const other of others) statuses.push((await add(eve, channelId, other)).status);
  expect(statuses).toEqual([201, 201, 201, 201, 429, 429]);
});

test("[QT5] nobody is in more channels than one may be: neither added, nor joining, nor by creating one", async () => {
  const [ann, full, eve] = (await people("ann", "full", "eve")) as [Person, Person, Person];
  const channels = await Promise.all([1, 2, 3, 4].map(() => channelOf(ann)));
  await withHubVars(full.userId, { USER_CHANNELS_MAX: 2 });
  for (const channelId of channels.slice(0, 2)) {
    expect((await add(ann, channelId, full)).status).toBe(201);
    await allNotified(channelId);
  }
  expect(await add(ann, channels[2] as string, full)).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });
  expect((await full.call("POST", `/v1/channels/${channels[2]}/join`)).status).toBe(409);
  expect((await full.call("POST", "/v1/channels", { name: "one too many" })).status).toBe(409);
  expect((await eve.call("POST", "/v1/channels", { name: "one too many" })).status).toBe(201);
  expect((await full.call("POST", `/v1/channels/${channels[0]}/leave`)).status).toBe(204);
  await allNotified(channels[0] as string);
  expect((await full.call("POST", `/v1/channels/${channels[2]}/join`)).status).toBe(200);
});

test("[QT6] channels, direct messages, profile and status change so often an hour", async () => {
  const ann = await person("ann");
  const others = await people(..."abcd");
  await withHubVars(ann.userId, {
    USER_CHANNELS_PER_HOUR: 4,
    USER_DMS_PER_HOUR: 4,
    USER_PROFILE_CHANGES_PER_HOUR: 4,
    USER_STATUS_CHANGES_PER_HOUR: 4,
  });
  later(0);
  const tries = async (call: (n: number) => Promise<{ status: number }>): Promise<number[]> => {
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await call(n)).status);
    return statuses;
  };
  expect(await tries((n) => ann.call("POST", "/v1/channels", { name: `many ${n}` }))).toEqual([
    201, 201, 429, 429,
  ]);
  expect(await tries((n) => ann.call("POST", "/v1/dms", { userIds: [others[n]!.userId] }))).toEqual([
    201, 201, 429, 429,
  ]);
  expect((await ann.call("POST", "/v1/dms", { userIds: [others[0]!.userId] })).status).toBe(200);
  expect(await tries((n) => ann.call("PATCH", "/v1/users/me", { displayName: `Ann ${n}` }))).toEqual([
    200, 200, 429, 429,
  ]);
  expect(
    await tries((n) => ann.call("PUT", "/v1/users/me/status", { presence: n % 2 ? "away" : "auto" })),
  ).toEqual([200, 200, 429, 429]);
});
