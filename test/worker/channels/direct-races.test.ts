import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { directChannelId, directMemberIds } from "../../../src/features/channels/direct.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { hubStub } from "../../support/worker/objects/hub-object.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomLog, roomRows, roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const openDirect = (who: TestUser, others: TestUser[]) =>
  who.call("POST", "/v1/dms", { userIds: others.map(({ userId }) => userId) });
const directIdOf = (all: TestUser[]) =>
  directChannelId(
    directMemberIds(
      all[0]!.userId,
      all.map(({ userId }) => userId),
    ),
  );
const directory = (channelId: string) =>
  databaseRows("SELECT * FROM channel_directory WHERE channel_id = ?", channelId);
const types = async (channelId: string) => (await roomLog(channelId)).map(({ type }) => type);

for (const size of [2, 5]) {
  test(`[CH2] of twenty requests by ${size} users one creates the channel`, async () => {
    const all = (await createUsers(..."abcde".slice(0, size))) as TestUser[];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const who = all[n % size]!;
        return openDirect(who, n % 3 ? all : all.filter((one) => one !== who).toReversed());
      }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    const made = answers.find(({ status }) => status === 201)!;
    for (const { body } of answers) expect(body).toEqual(made.body);
    expect(await types(made.body.id)).toEqual(["channelCreate", ...Array<string>(size).fill("memberJoin")]);
    expect(await directory(made.body.id)).toHaveLength(1);
    await expectDatabaseMatchesLog(made.body.id);
    const [row] = await databaseRows<{ member_ids: string }>(
      "SELECT member_ids FROM channels WHERE id = ?",
      made.body.id,
    );
    expect(JSON.parse(row!.member_ids)).toEqual(made.body.memberIds);
  });
}

test("[CH2] [LG9] a Worker crash before the room call leaves only a directory row", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const admin = await createUser("admin", { role: "admin" });
  const id = directIdOf([ann, bob]);
  const create = vi.spyOn(ChannelRoom.prototype, "create").mockImplementationOnce(async () => {
    throw new Error("died");
  });
  expect((await openDirect(ann, [bob])).status).toBe(500);
  create.mockRestore();
  expect(await directory(id)).toHaveLength(1);
  expect(await roomStub(id).progress()).toEqual({ head: 0, recorded: 0, indexed: 0 });
  expect((await ann.call("GET", `/v1/channels/${id}`)).status).toBe(404);
  expect((await admin.call("POST", `/v1/admin/channels/${id}/reproject`)).status).toBe(404);
  expect((await openDirect(bob, [ann])).status).toBe(201);
  expect(await directory(id)).toHaveLength(1);
});

test("[CH2] a room that crashes once created is found with all its members", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = directIdOf([ann, bob]);
  const lost = openDirect(ann, [bob]).catch(() => undefined);
  await crashAt("room:after-record");
  await lost;
  expect((await openDirect(bob, [ann])).status).toBe(200);
  expect(await types(id)).toEqual(["channelCreate", "memberJoin", "memberJoin"]);
  await eventually(async () => {
    await runScheduledTask(id);
    return (await databaseRows("SELECT 1 FROM channel_members WHERE channel_id = ?", id)).length === 2;
  }, "D1 to have the log");
  await expectDatabaseMatchesLog(id);
});

test("[CH2] while D1 is down the channel is created and usable", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));
  const { status, body } = await openDirect(ann, [bob]);
  expect(status).toBe(201);
  expect((await openDirect(bob, [ann])).status).toBe(200);
  expect((await bob.call("POST", `/v1/channels/${body.id}/messages`, { content: "hi" })).status).toBe(201);
});

test("[CH2] without a directory row no channel is created", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  interceptDatabase((call) =>
    sqlOf(call).includes('"channel_directory"') ? rejectAsUnreachable() : call.run(),
  );
  expect((await openDirect(ann, [bob])).body.code).toBe("unavailable");
  restoreDatabases();
  expect(await roomStub(directIdOf([ann, bob])).progress()).toEqual({ head: 0, recorded: 0, indexed: 0 });
  expect((await openDirect(ann, [bob])).status).toBe(201);
});

test("[AC9] a user suspended during the creation is suspended in the channel too", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = directIdOf([ann, bob]);
  const create = ChannelRoom.prototype.create;
  vi.spyOn(ChannelRoom.prototype, "create").mockImplementationOnce(async function (this: ChannelRoom, input) {
    await suspended;
    return create.call(this, input);
  });
  const { userId, username } = bob;
  const suspended = eventually(async () => (await directory(id)).length === 1).then(() =>
    hubStub(userId).applyAccount({
      userId,
      username,
      role: "member",
      active: false,
      rev: 2,
      credentialVersion: 1,
    }),
  );
  expect((await openDirect(ann, [bob])).status).toBe(201);
  // The room answered that it has no facts of the user, so soon after the request that the hub asks again.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 120_000 });
  await runDurableObjectAlarm(hubStub(userId));
  expect(await roomRows(id, "SELECT active FROM members WHERE user_id = ?", userId)).toEqual([{ active: 0 }]);
});
