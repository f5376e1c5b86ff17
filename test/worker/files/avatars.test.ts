import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { accounts } from "../../../src/db/index.ts";
import { accountFacts, presentSelf } from "../../../src/features/users/index.ts";
import { findUser, updateProfile } from "../../../src/features/users/queries.ts";
import { createMessage, getUser, updateMe } from "../../../src/protocol/index.ts";
import { channelOf, type Person, person } from "../../support/worker/cast.ts";
import { interceptDatabase, restoreDatabase, unreachable } from "../../support/worker/database.ts";
import { callEndpoint, ok, refused } from "../../support/worker/endpoints.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { fileOf, restoreBucket, statesOf } from "../../support/worker/files.ts";
import { alarmAfter, device, dieOnceAt, hubOf, hubRows } from "../../support/worker/hubs.ts";
import { ownEvents } from "../../support/worker/own-events.ts";

const picture = { name: "me.png", type: "image/png" };
let ann: Person;
beforeEach(async () => {
  ann = await person("ann");
});
afterEach(() => {
  onFailpoint(undefined);
  restoreDatabase();
  restoreBucket();
  vi.useRealTimers();
});

const wear = (avatarFileId: string | null) => ({ as: ann, body: { avatarFileId } });
const states = () => statesOf(ann);
const avatarOf = async () => (await ok(getUser, { as: ann, params: { userId: ann.userId } })).avatarFileId;

/** The hub's alarm until nothing that was announced is left open. */
async function settled(): Promise<void> {
  for (const ms of [5_000, 30_000, 61_000]) await alarmAfter(ann.userId, ms);
  await eventually(async () => {
    await alarmAfter(ann.userId, 61_000);
    const due = await hubRows(ann.userId, "due");
    return due.every(({ key }) => !/^(account|files)/.test(String(key)));
  }, "nothing due");
}

test("[FL12] an avatar is a picture of one's own, that everybody and one's devices hear of", async () => {
  const file = await fileOf(ann, picture);
  const socket = await device(ann);
  expect((await ok(updateMe, wear(file.id))).avatarFileId).toBe(file.id);
  expect(await avatarOf()).toBe(file.id);
  expect(await hubOf(ann.userId).fileStanding(file.id)).toEqual({ kind: "avatar" });
  await socket.caughtUp(1);
  expect(ownEvents(socket)).toMatchObject([{ data: { user: { avatarFileId: file.id } } }]);
  expect((await ok(updateMe, wear(file.id))).avatarFileId, "again").toBe(file.id);
});

test("[FL12] the avatar before goes once there is another one, or none", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  await ok(updateMe, wear(one.id));
  await ok(updateMe, wear(two.id));
  await eventually(async () => (await states())[one.id] === undefined, "the first gone");
  expect(await states()).toEqual({ [two.id]: "avatar" });
  expect((await ok(updateMe, wear(null))).avatarFileId).toBeNull();
  await eventually(async () => Object.keys(await states()).length === 0, "the second gone");
});

test("[FL12] [FL8] a text, another's file, one of a message and none at all are no avatars; nothing is announced for them", async () => {
  const channelId = await channelOf(ann);
  const [text, carried] = [await fileOf(ann), await fileOf(ann, picture)];
  const others = await fileOf(await person("bob"), picture);
  await ok(createMessage, { as: ann, params: { channelId }, body: { content: "", fileIds: [carried.id] } });
  const codes = [];
  for (const { id } of [text, others, carried]) codes.push((await refused(updateMe, wear(id))).code);
  expect(codes).toEqual(["validation_failed", "not_found", "conflict"]);
  expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry", "files"]);
  expect(await avatarOf()).toBeNull();
});

test("[FL12] [FL8] [FL9] an avatar goes into no message, and is not deleted by itself", async () => {
  const channelId = await channelOf(ann);
  const { id } = await fileOf(ann, picture);
  await ok(updateMe, wear(id));
  const problem = await refused(createMessage, {
    as: ann,
    params: { channelId },
    body: { content: "", fileIds: [id] },
  });
  expect(problem.code).toBe("conflict");
  expect(await hubOf(ann.userId).deleteFile(id)).toMatchObject({ problem: { code: "conflict" } });
});

test("[FL12] whoever dies before D1 has the new avatar, the one before stays and the new one is an ordinary file", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  await ok(updateMe, wear(one.id));
  dieOnceAt("account:before-record");
  expect((await callEndpoint(updateMe, wear(two.id))).status).toBe(500);
  await settled();
  expect(await avatarOf()).toBe(one.id);
  expect(await states()).toEqual({ [one.id]: "avatar", [two.id]: "ready" });
});

test("[FL12] whoever dies after D1 has the new avatar, the one before goes", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  await ok(updateMe, wear(one.id));
  dieOnceAt("account:after-record");
  expect((await callEndpoint(updateMe, wear(two.id))).status).toBe(500);
  await settled();
  expect(await avatarOf()).toBe(two.id);
  expect(await states()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] a change that died and one that followed leave the last avatar, and no other file", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  dieOnceAt("account:after-record");
  await callEndpoint(updateMe, wear(one.id));
  await ok(updateMe, wear(two.id));
  await settled();
  expect(await states()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] while D1 does not answer nothing changes, and the same can be asked again", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  await ok(updateMe, wear(one.id));
  interceptDatabase((trip) =>
    trip.statements.some(({ sql }) => /^update "users"/i.test(sql)) ? unreachable() : trip.run(),
  );
  expect((await refused(updateMe, wear(two.id))).code).toBe("unavailable");
  restoreDatabase();
  expect((await ok(updateMe, wear(two.id))).avatarFileId).toBe(two.id);
  await settled();
  expect(await states()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] a change that is still under way keeps its picture, whatever another change came to meanwhile", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  const hub = hubOf(ann.userId);
  const expectation = unwrap(await hub.expectAvatar(one.id, null));
  await ok(updateMe, wear(two.id));
  expect(await states()).toEqual({ [one.id]: "avatar", [two.id]: "avatar" });
  const row = (await updateProfile(accounts(env), ann.userId, { avatarFileId: one.id }))!;
  await hub.reconcile(accountFacts(row), { expectation, self: presentSelf(row) });
  await eventually(async () => (await states())[two.id] === undefined, "the other gone");
  expect(await states()).toEqual({ [one.id]: "avatar" });
});

test("[FL12] news of the account that come late change nothing", async () => {
  const [one, two] = [await fileOf(ann, picture), await fileOf(ann, picture)];
  await ok(updateMe, wear(one.id));
  const before = (await findUser(accounts(env), ann.userId))!;
  await ok(updateMe, wear(two.id));
  await hubOf(ann.userId).reconcile(accountFacts(before), { self: presentSelf(before) });
  await settled();
  expect(await states()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] of 10 changes at once the account's is the one that stays", async () => {
  const files = await Promise.all(Array.from({ length: 10 }, () => fileOf(ann, picture)));
  await Promise.all(files.map(({ id }) => ok(updateMe, wear(id))));
  await settled();
  expect(await states()).toEqual({ [(await avatarOf())!]: "avatar" });
});
