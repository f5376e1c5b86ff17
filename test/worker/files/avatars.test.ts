import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { accountDatabase } from "../../../src/db/index.ts";
import { accountFacts, presentSelf } from "../../../src/features/users/index.ts";
import { findUser, updateProfile } from "../../../src/features/users/queries.ts";
import { createMessage, getUser, limits, updateMe } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { userEventsOf } from "../../support/worker/clients/received-events.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createStoredFile, fileStates } from "../../support/worker/fixtures/stored-files.ts";
import { uploadOk } from "../../support/worker/clients/upload-client.ts";
import { png } from "../../support/image-headers.ts";
import { hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

const picture = { name: "me.png", type: "image/png" };
let ann: TestUser;
beforeEach(async () => {
  ann = await createUser("ann");
});
afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  restoreBucket();
  vi.useRealTimers();
});

const avatarRequest = (avatarFileId: string | null) => ({ as: ann, body: { avatarFileId } });
const currentStates = () => fileStates(ann);
const avatarOf = async () =>
  (await expectOk(getUser, { as: ann, params: { userId: ann.userId } })).avatarFileId;

/** Runs the hub's alarm until no announced change is pending. */
async function runPendingAlarms(): Promise<void> {
  for (const ms of [5_000, 30_000, 61_000]) await runHubAlarmAfter(ann.userId, ms);
  await eventually(async () => {
    await runHubAlarmAfter(ann.userId, 61_000);
    const due = await hubRows(ann.userId, "due");
    return due.every(({ key }) => !/^(account|files)/.test(String(key)));
  }, "no pending task");
}

test("[FL12] an avatar has a limited size, since everyone who sees the user loads it", async () => {
  const upload = (bytes: Uint8Array) => uploadOk(ann, Buffer.from(bytes), picture);
  const withBytes = (head: Uint8Array, sizeBytes: number) => Buffer.concat([head], sizeBytes);
  const unmeasured = png(8, 8).subarray(0, 16);
  for (const [bytes, isAccepted] of [
    [png(2048, 2048), true],
    [png(2048, 2049), false],
    [withBytes(png(8, 8), limits.avatarBytes), true],
    [withBytes(png(8, 8), limits.avatarBytes + 1), false],
    [withBytes(unmeasured, limits.avatarBytesUnmeasured), true],
    [withBytes(unmeasured, limits.avatarBytesUnmeasured + 1), false],
  ] as const) {
    const { id, width } = await upload(bytes);
    const { status } = await callEndpoint(updateMe, avatarRequest(id));
    expect(status, `${width} ${bytes.length}`).toBe(isAccepted ? 200 : 400);
  }
});

test("[FL12] an avatar is a picture of one's own; others and one's devices see it", async () => {
  const file = await createStoredFile(ann, picture);
  const socket = await connectHub(ann);
  expect((await expectOk(updateMe, avatarRequest(file.id))).avatarFileId).toBe(file.id);
  expect(await avatarOf()).toBe(file.id);
  expect(await hubStub(ann.userId).fileVisibility(file.id)).toEqual({ kind: "avatar" });
  await socket.waitForSeq(1);
  expect(userEventsOf(socket)).toMatchObject([{ data: { user: { avatarFileId: file.id } } }]);
  expect((await expectOk(updateMe, avatarRequest(file.id))).avatarFileId, "again").toBe(file.id);
});

test("[FL12] the previous avatar is deleted when it is replaced or removed", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  await expectOk(updateMe, avatarRequest(one.id));
  await expectOk(updateMe, avatarRequest(two.id));
  await eventually(async () => (await currentStates())[one.id] === undefined, "the first file to be deleted");
  expect(await currentStates()).toEqual({ [two.id]: "avatar" });
  expect((await expectOk(updateMe, avatarRequest(null))).avatarFileId).toBeNull();
  await eventually(
    async () => Object.keys(await currentStates()).length === 0,
    "the second file to be deleted",
  );
});

test("[FL12] [FL8] unusable files are rejected as avatars without announcement", async () => {
  const channelId = await createChannelFor(ann);
  const [text, carried] = [await createStoredFile(ann), await createStoredFile(ann, picture)];
  const others = await createStoredFile(await createUser("bob"), picture);
  await expectOk(createMessage, {
    as: ann,
    params: { channelId },
    body: { content: "", fileIds: [carried.id] },
  });
  const codes = [];
  for (const { id } of [text, others, carried])
    codes.push((await expectRejected(updateMe, avatarRequest(id))).code);
  expect(codes).toEqual(["validation_failed", "not_found", "conflict"]);
  expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry", "files"]);
  expect(await avatarOf()).toBeNull();
});

test("[FL12] [FL8] [FL9] an avatar can't be sent in a message or deleted", async () => {
  const channelId = await createChannelFor(ann);
  const { id } = await createStoredFile(ann, picture);
  await expectOk(updateMe, avatarRequest(id));
  const problem = await expectRejected(createMessage, {
    as: ann,
    params: { channelId },
    body: { content: "", fileIds: [id] },
  });
  expect(problem.code).toBe("conflict");
  expect(await hubStub(ann.userId).deleteFile(id)).toMatchObject({ problem: { code: "conflict" } });
});

test("[FL12] a crash before D1's commit keeps the old avatar; the new file is free", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  await expectOk(updateMe, avatarRequest(one.id));
  crashOnceAt("account:before-record");
  expect((await callEndpoint(updateMe, avatarRequest(two.id))).status).toBe(500);
  await runPendingAlarms();
  expect(await avatarOf()).toBe(one.id);
  expect(await currentStates()).toEqual({ [one.id]: "avatar", [two.id]: "ready" });
});

test("[FL12] a crash after D1's commit deletes the old avatar", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  await expectOk(updateMe, avatarRequest(one.id));
  crashOnceAt("account:after-record");
  expect((await callEndpoint(updateMe, avatarRequest(two.id))).status).toBe(500);
  await runPendingAlarms();
  expect(await avatarOf()).toBe(two.id);
  expect(await currentStates()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] after a crashed and a later change only the last avatar remains", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  crashOnceAt("account:after-record");
  await callEndpoint(updateMe, avatarRequest(one.id));
  await expectOk(updateMe, avatarRequest(two.id));
  await runPendingAlarms();
  expect(await currentStates()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] while D1 is down nothing changes, and the request can be repeated", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  await expectOk(updateMe, avatarRequest(one.id));
  interceptDatabase((call) =>
    call.statements.some(({ sql }) => /^update "users"/i.test(sql)) ? rejectAsUnreachable() : call.run(),
  );
  expect((await expectRejected(updateMe, avatarRequest(two.id))).code).toBe("unavailable");
  restoreDatabases();
  expect((await expectOk(updateMe, avatarRequest(two.id))).avatarFileId).toBe(two.id);
  await runPendingAlarms();
  expect(await currentStates()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] a change in progress keeps its picture during another change", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  const hub = hubStub(ann.userId);
  const expectation = unwrap(await hub.announceAvatarChange(one.id, null));
  await expectOk(updateMe, avatarRequest(two.id));
  expect(await currentStates()).toEqual({ [one.id]: "avatar", [two.id]: "avatar" });
  const row = (await updateProfile(accountDatabase(env), ann.userId, { avatarFileId: one.id }))!;
  await hub.applyAccount(accountFacts(row), { expectation, self: presentSelf(row) });
  await eventually(async () => (await currentStates())[two.id] === undefined, "the other file to be deleted");
  expect(await currentStates()).toEqual({ [one.id]: "avatar" });
});

test("[FL12] late notices of account changes have no effect", async () => {
  const [one, two] = [await createStoredFile(ann, picture), await createStoredFile(ann, picture)];
  await expectOk(updateMe, avatarRequest(one.id));
  const before = (await findUser(accountDatabase(env), ann.userId))!;
  await expectOk(updateMe, avatarRequest(two.id));
  await hubStub(ann.userId).applyAccount(accountFacts(before), { self: presentSelf(before) });
  await runPendingAlarms();
  expect(await currentStates()).toEqual({ [two.id]: "avatar" });
});

test("[FL12] of 10 concurrent changes only the account's avatar remains", async () => {
  const files = await Promise.all(Array.from({ length: 10 }, () => createStoredFile(ann, picture)));
  await Promise.all(files.map(({ id }) => expectOk(updateMe, avatarRequest(id))));
  await runPendingAlarms();
  expect(await currentStates()).toEqual({ [(await avatarOf())!]: "avatar" });
});
