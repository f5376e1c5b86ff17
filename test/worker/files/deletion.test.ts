import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { createMessage, createThread } from "../../../src/protocol/index.ts";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { interceptDatabase, restoreDatabase, unreachable } from "../../support/worker/database.ts";
import { ok } from "../../support/worker/endpoints.ts";
import { eventually } from "../../support/worker/eventually.ts";
import {
  allFiles,
  breakBucket,
  chargedTo,
  fileOf,
  nothing,
  restoreBucket,
  statesOf,
  tellHubs,
} from "../../support/worker/files.ts";
import { alarmAfter, hubOf } from "../../support/worker/hubs.ts";
import { dieAt, rowsOf } from "../../support/worker/room.ts";

let [ann, bob]: Person[] = [];
let channelId: string;
beforeEach(async () => {
  [ann, bob] = await people("ann", "bob");
  channelId = await channelOf(bob!, [ann!]);
});
afterEach(() => {
  onFailpoint(undefined);
  restoreBucket();
  restoreDatabase();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A message of Ann's with two files; gives its id. */
async function withFiles(): Promise<string> {
  const fileIds = [(await fileOf(ann!)).id, (await fileOf(ann!)).id];
  return (await ok(createMessage, { as: ann, params: { channelId }, body: { content: "see", fileIds } })).id;
}
const remove = (as: Person, messageId: string) =>
  as.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);

/** Alarms come until nothing of any file is left, in R2, in D1, in the quotas and in the hub. */
async function expectNothingLeft(): Promise<void> {
  await eventually(async () => {
    await tellHubs(channelId);
    await alarmAfter(ann!.userId, 60_001);
    return Object.keys(await statesOf(ann!)).length === 0;
  }, "the hub without files");
  expect(await allFiles()).toEqual(nothing);
  expect(await chargedTo(ann!)).toBe(0);
}

for (const who of ["its author", "a moderator"] as const) {
  test(`[FL9] the files of a message that ${who} deletes are gone by themselves, and free their space`, async () => {
    const messageId = await withFiles();
    expect(await allFiles()).toEqual({ objects: 2, rows: 2, charged: 8_192 });
    expect((await remove(who === "its author" ? ann! : bob!, messageId)).status).toBe(204);
    await eventually(
      async () => (await allFiles()).objects + (await allFiles()).rows === 0,
      "the files gone",
    );
    await expectNothingLeft();
  });
}

test("[FL9] [FL13] the files of a reply go with the reply, and those of its root stay", async () => {
  const messageId = await withFiles();
  const { id: fileId } = await fileOf(ann!);
  const params = { channelId, messageId };
  const reply = await ok(createThread, { as: ann, params, body: { content: "", fileIds: [fileId] } });
  expect(reply.files).toMatchObject([{ id: fileId }]);
  await remove(ann!, reply.id);
  await eventually(async () => (await allFiles()).rows === 2, "the reply's file gone");
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
  test(`[FL9] whoever dies at ${point}, the files go, and are charged once`, async () => {
    const messageId = await withFiles();
    const stays = await fileOf(bob!);
    const lost = remove(ann!, messageId).catch(() => undefined);
    await dieAt(point);
    await lost;
    await eventually(async () => {
      await tellHubs(channelId);
      await alarmAfter(ann!.userId, 60_001);
      return Object.keys(await statesOf(ann!)).length === 0;
    }, "the hub without files");
    expect(await allFiles()).toEqual({ objects: 1, rows: 1, charged: 4_096 });
    await hubOf(bob!.userId).deleteFile(stays.id);
    await expectNothingLeft();
  });
}

test("[FL9] a hub that is told twice, and late, of a deletion deletes once", async () => {
  const told = vi.spyOn(UserHub.prototype, "dropFiles");
  const messageId = await withFiles();
  await remove(ann!, messageId);
  await eventually(() => told.mock.calls.length === 1, "the hub told");
  const [fileIds] = told.mock.calls[0]!;
  for (const _ of [1, 2]) await hubOf(ann!.userId).dropFiles(fileIds);
  await expectNothingLeft();
  await hubOf(ann!.userId).dropFiles(fileIds);
  await expectNothingLeft();
});

test("[FL9] a hub that does not answer is told again, and holds up nobody else's files", async () => {
  const [hers, his] = [await withFiles(), await fileOf(bob!)];
  const { id } = await ok(createMessage, {
    as: bob,
    params: { channelId },
    body: { content: "", fileIds: [his.id] },
  });
  const { dropFiles } = UserHub.prototype;
  let deaf = true;
  vi.spyOn(UserHub.prototype, "dropFiles").mockImplementation(async function (this: UserHub, fileIds) {
    if (deaf && !fileIds.includes(his.id)) throw new Error("No answer");
    return dropFiles.call(this, fileIds);
  });
  await remove(ann!, hers);
  await remove(bob!, id);
  await eventually(async () => {
    await tellHubs(channelId);
    return (await allFiles()).rows === 2;
  }, "his file gone");
  deaf = false;
  await expectNothingLeft();
});

test("[FL9] while R2 does not answer messages are deleted all the same; the files follow, each by itself", async () => {
  const messageId = await withFiles();
  breakBucket();
  expect((await remove(ann!, messageId)).status).toBe(204);
  await eventually(
    async () => Object.values(await statesOf(ann!)).every((state) => state === "deleting"),
    "marked",
  );
  await alarmAfter(ann!.userId, 60_001);
  expect((await allFiles()).rows).toBe(2);
  expect(await chargedTo(ann!), "what is there is charged").toBe(8_192);
  restoreBucket();
  await expectNothingLeft();
});

test("[FL9] while D1 does not answer the bytes go, and the row when it does", async () => {
  const messageId = await withFiles();
  interceptDatabase((trip) =>
    trip.statements.some(({ sql }) => sql.startsWith("DELETE FROM files")) ? unreachable() : trip.run(),
  );
  expect((await remove(ann!, messageId)).status).toBe(204);
  await eventually(async () => (await allFiles()).objects === 0, "the bytes gone");
  expect(await allFiles()).toEqual({ objects: 0, rows: 2, charged: 8_192 });
  restoreDatabase();
  await expectNothingLeft();
});

test("[FL9] rooms keep what they need to tell of a deletion, and tell it after a restart", async () => {
  vi.spyOn(UserHub.prototype, "dropFiles").mockRejectedValueOnce(new Error("No answer"));
  const messageId = await withFiles();
  await remove(ann!, messageId);
  expect(await rowsOf(channelId, "SELECT message_id, dropped_seq > 0 AS gone FROM carried_files")).toEqual(
    [1, 2].map(() => ({ message_id: messageId, gone: 1 })),
  );
  await expectNothingLeft();
});
