import { afterEach, expect, test } from "vitest";
import { restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { isNameClaim, pauseNextCall } from "../../support/worker/fakes/paused-call.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  expectNamesReserved,
  nameClaims,
  requestArchive,
  requestChannel,
  requestUnarchive,
  statusOf,
} from "../../support/worker/fixtures/channel-names.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";

afterEach(restoreDatabases);

test("[CH1] [NM1] unarchiving needs another name if the old one is in use", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const first = (await requestChannel(ann, "Plans")).body.id;
  await requestArchive(ann, first);
  const second = (await requestChannel(bob, "PLANS")).body.id;
  expect(second).toMatch(/^chn_/);
  const rejection = await requestUnarchive(ann, first);
  expect(rejection.body).toMatchObject({ code: "conflict", issues: [{ path: "name" }] });
  const other = await ann.call("PATCH", `/v1/channels/${first}`, { archived: false, name: "Old Plans" });
  expect(other.body).toMatchObject({ name: "Old Plans", archivedAt: null });
  await requestArchive(bob, second);
  expect(await statusOf(ann.call("PATCH", `/v1/channels/${first}`, { name: "plans" }))).toBe(200);
  expect(await statusOf(requestUnarchive(bob, second))).toBe(409);
  await expectNamesReserved(first, second);
});

test("[CH1] [NM1] [NM2] concurrent archiving and reuse leave one holder of a name", async () => {
  const users = (await createUsers(..."abcdef")) as TestUser[];
  const [ann] = users as [TestUser];
  const ids = [(await requestChannel(ann, "contested")).body.id as string];
  for (let round = 0; round < 8; round++) {
    const answers = await Promise.all([
      ...ids.map((id) => requestArchive(ann, id)),
      ...ids.map((id) => requestUnarchive(ann, id)),
      requestChannel(ann, round % 2 ? "Contested" : "CONTESTED"),
      ...ids.map((id) => requestUnarchive(ann, id)),
      ...ids.slice(0, 2).map((id) => requestArchive(ann, id)),
    ]);
    for (const { status, body } of answers) if (status > 299) expect(body.code).toBe("conflict");
    ids.push(...answers.flatMap(({ status, body }) => (status === 201 ? [body.id as string] : [])));
    await expectNamesReserved(...ids);
    const held = await databaseRows("SELECT channel_id FROM channel_names WHERE name_key = 'contested'");
    expect(held.length).toBeLessThanOrEqual(1);
  }
  for (const id of ids) await requestArchive(ann, id);
  expect(await statusOf(requestChannel(ann, "contested")), "nothing blocks it in the end").toBe(201);
});

test("[CH1] [NM2] ten concurrent requests unarchive a channel once", async () => {
  const users = (await createUsers(..."abcdefghij")) as TestUser[];
  const id = await createChannelFor(users[0]!, users.slice(1));
  for (const { userId } of users.slice(1))
    await users[0]!.call("PATCH", `/v1/channels/${id}/members/${userId}`, { role: "owner" });
  for (let round = 0; round < 4; round++) {
    expect(await statusOf(requestArchive(users[round]!, id))).toBe(204);
    const answers = await Promise.all(users.map((who) => requestUnarchive(who, id)));
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    for (const { status, body } of answers) if (status !== 200) expect(body.code).toBe("conflict");
    await expectNamesReserved(id);
  }
});

test("[CH1] a rename prepared before archiving is rejected; its name is free", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = (await requestChannel(ann, "before")).body.id as string;
  const pausedClaim = pauseNextCall(isNameClaim, "after D1");
  const rename = ann.call("PATCH", `/v1/channels/${id}`, { name: "after" });
  await pausedClaim.reached();
  expect(await statusOf(requestArchive(ann, id))).toBe(204);
  pausedClaim.release();
  expect((await rename).body.code).toBe("conflict");
  restoreDatabases();
  expect(await statusOf(requestChannel(bob, "after"))).toBe(201);
  expect(await statusOf(requestUnarchive(ann, id))).toBe(200);
  await expectNamesReserved(id);
});

test("[CH1] [NM2] unarchiving an unarchived channel keeps the other's claim", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const id = (await requestChannel(ann, "twice")).body.id as string;
  await requestArchive(ann, id);
  const pausedClaim = pauseNextCall(isNameClaim, "before D1");
  const slow = requestUnarchive(ann, id);
  await pausedClaim.reached();
  expect(await statusOf(requestUnarchive(ann, id))).toBe(200);
  expect(await nameClaims(id)).toEqual([{ name_key: "twice", confirmed: 1 }]);
  pausedClaim.release();
  expect((await slow).body.code).toBe("conflict");
  restoreDatabases();
  await expectNamesReserved(id);
});
