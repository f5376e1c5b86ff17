import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { createMessage, createThread } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { disconnectBucket, restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  chargedBytes,
  createStoredFile,
  fileStates,
  noStoredFiles,
  storedFileTotals,
} from "../../support/worker/fixtures/stored-files.ts";
import { hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";
import { notifyHubsOfFiles } from "../../support/worker/objects/projection.ts";
import { roomRows } from "../../support/worker/objects/room-object.ts";

let [ann, bob]: TestUser[] = [];
let channelId: string;
beforeEach(async () => {
  [ann, bob] = await createUsers("ann", "bob");
  channelId = await createChannelFor(bob!, [ann!]);
});
afterEach(() => {
  onFailpoint(undefined);
  restoreBucket();
  restoreDatabases();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Creates a message of Ann's with two files and returns its id. */
async function createMessageWithFiles(): Promise<string> {
  const fileIds = [(await createStoredFile(ann!)).id, (await createStoredFile(ann!)).id];
  return (
    await expectOk(createMessage, { as: ann, params: { channelId }, body: { content: "see", fileIds } })
  ).id;
}
const remove = (as: TestUser, messageId: string) =>
  as.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);

/** Runs alarms until R2, D1, the quotas and the hub have nothing left of any file. */
async function expectNothingLeft(): Promise<void> {
  await eventually(async () => {
    await notifyHubsOfFiles(channelId);
    await runHubAlarmAfter(ann!.userId, 60_001);
    return Object.keys(await fileStates(ann!)).length === 0;
  }, "the hub to have no files");
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  expect(await chargedBytes(ann!)).toBe(0);
}

for (const who of ["its author", "a moderator"] as const) {
  test(`[FL9] files of a message that ${who} deletes are deleted and uncharged`, async () => {
    const messageId = await createMessageWithFiles();
    expect(await storedFileTotals()).toEqual({ objects: 2, rows: 2, charged: 8_192 });
    expect((await remove(who === "its author" ? ann! : bob!, messageId)).status).toBe(204);
    await eventually(
      async () => (await storedFileTotals()).objects + (await storedFileTotals()).rows === 0,
      "the files to be deleted",
    );
    await expectNothingLeft();
  });
}

test("[FL9] [FL13] deleting a reply deletes its files and keeps those of its root", async () => {
  const messageId = await createMessageWithFiles();
  const { id: fileId } = await createStoredFile(ann!);
  const params = { channelId, messageId };
  const reply = await expectOk(createThread, { as: ann, params, body: { content: "", fileIds: [fileId] } });
  expect(reply.files).toMatchObject([{ id: fileId }]);
  await remove(ann!, reply.id);
  await eventually(async () => (await storedFileTotals()).rows === 2, "the reply's file to be deleted");
  await remove(ann!, messageId);
  await expectNothingLeft();
});

for (const point of [
  "room:before-drop",
  "room:after-drop",
  "hub:after-mark",
  "hub:after-bytes",
  "hub:after-row",
] as const satisfies Failpoint[]) {
  test(`[FL9] after a crash at ${point} the files are deleted and uncharged once`, async () => {
    const messageId = await createMessageWithFiles();
    const stays = await createStoredFile(bob!);
    const lost = remove(ann!, messageId).catch(() => undefined);
    await crashAt(point);
    await lost;
    await eventually(async () => {
      await notifyHubsOfFiles(channelId);
      await runHubAlarmAfter(ann!.userId, 60_001);
      return Object.keys(await fileStates(ann!)).length === 0;
    }, "the hub to have no files");
    expect(await storedFileTotals()).toEqual({ objects: 1, rows: 1, charged: 4_096 });
    await hubStub(bob!.userId).deleteFile(stays.id);
    await expectNothingLeft();
  });
}

test("[FL9] repeated and late notices of a deletion delete once", async () => {
  const noticeSpy = vi.spyOn(UserHub.prototype, "deleteCarriedFiles");
  const messageId = await createMessageWithFiles();
  await remove(ann!, messageId);
  await eventually(() => noticeSpy.mock.calls.length === 1, "the hub to be notified");
  const [fileIds] = noticeSpy.mock.calls[0]!;
  for (const _ of [1, 2]) await hubStub(ann!.userId).deleteCarriedFiles(fileIds);
  await expectNothingLeft();
  await hubStub(ann!.userId).deleteCarriedFiles(fileIds);
  await expectNothingLeft();
});

test("[FL9] an unreachable hub is retried and delays no other hub's files", async () => {
  const [hers, his] = [await createMessageWithFiles(), await createStoredFile(bob!)];
  const { id } = await expectOk(createMessage, {
    as: bob,
    params: { channelId },
    body: { content: "", fileIds: [his.id] },
  });
  const { deleteCarriedFiles } = UserHub.prototype;
  let rejection = true;
  vi.spyOn(UserHub.prototype, "deleteCarriedFiles").mockImplementation(async function (
    this: UserHub,
    fileIds,
  ) {
    if (rejection && !fileIds.includes(his.id)) throw new Error("No answer");
    return deleteCarriedFiles.call(this, fileIds);
  });
  await remove(ann!, hers);
  await remove(bob!, id);
  await eventually(async () => {
    await notifyHubsOfFiles(channelId);
    return (await storedFileTotals()).rows === 2;
  }, "his file to be deleted");
  rejection = false;
  await expectNothingLeft();
});

test("[FL9] while R2 is down messages can be deleted; their files follow", async () => {
  const messageId = await createMessageWithFiles();
  disconnectBucket();
  expect((await remove(ann!, messageId)).status).toBe(204);
  await eventually(
    async () => Object.values(await fileStates(ann!)).every((state) => state === "deleting"),
    "the file to be marked",
  );
  await runHubAlarmAfter(ann!.userId, 60_001);
  expect((await storedFileTotals()).rows).toBe(2);
  expect(await chargedBytes(ann!), "stored bytes stay charged").toBe(8_192);
  restoreBucket();
  await expectNothingLeft();
});

test("[FL9] while D1 is down the bytes are deleted, and the row later", async () => {
  const messageId = await createMessageWithFiles();
  interceptDatabase((call) =>
    call.statements.some(({ sql }) => sql.startsWith("DELETE FROM files"))
      ? rejectAsUnreachable()
      : call.run(),
  );
  expect((await remove(ann!, messageId)).status).toBe(204);
  await eventually(async () => (await storedFileTotals()).objects === 0, "the bytes to be deleted");
  expect(await storedFileTotals()).toEqual({ objects: 0, rows: 2, charged: 8_192 });
  restoreDatabases();
  await expectNothingLeft();
});

test("[FL9] pending notices of deletions survive a restart of the room", async () => {
  vi.spyOn(UserHub.prototype, "deleteCarriedFiles").mockRejectedValueOnce(new Error("No answer"));
  const messageId = await createMessageWithFiles();
  await remove(ann!, messageId);
  expect(await roomRows(channelId, "SELECT message_id, dropped_seq > 0 AS gone FROM carried_files")).toEqual(
    [1, 2].map(() => ({ message_id: messageId, gone: 1 })),
  );
  await expectNothingLeft();
});
