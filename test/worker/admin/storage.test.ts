import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test } from "vitest";
import { chargedBytes } from "../../../src/domain/files.ts";
import { deleteFileRow } from "../../../src/features/files/file-queries.ts";
import {
  cancelUpload,
  createEmoji,
  createUpload,
  deleteFile,
  getStorage,
  getUserStorage,
  type UserStorage,
} from "../../../src/protocol/index.ts";
import {
  expectForAdminsOnly,
  expectHostileQueriesRejected,
  readPages,
} from "../../support/worker/assertions/admin-list.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { interceptSearchIndex, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { uploadPicture } from "../../support/worker/fixtures/workspace-samples.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { binaryBytes, sendAs } from "../../support/worker/clients/upload-client.ts";
import { createStoredFile } from "../../support/worker/fixtures/stored-files.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";

const partBytes = 5 * 1024 * 1024;
let ann: TestUser;
let bob: TestUser;
let eve: TestUser;
let admin: TestUser;

beforeAll(async () => {
  [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  admin = await createUser("boss", { role: "admin" });
});
afterEach(restoreDatabases);

const users = (limit = 100) => readPages<UserStorage>(getUserStorage, admin, limit);

/** Checks that the counted numbers equal those of the rows. */
async function expectCounted(): Promise<void> {
  const rows = await databaseRows<{ userId: string; files: number; sizeBytes: number }>(
    `SELECT uploader_id AS userId, count(*) AS files, sum(max(size_bytes, ${chargedBytes(0)})) AS sizeBytes
     FROM files GROUP BY uploader_id ORDER BY 3 DESC, 1 DESC`,
  );
  expect(await users()).toEqual(rows);
  const { files } = await expectOk(getStorage, { as: admin });
  const sum = (field: "files" | "sizeBytes"): number => rows.reduce((total, row) => total + row[field], 0);
  expect(files).toMatchObject({ count: sum("files"), sizeBytes: sum("sizeBytes") });
}

test("[AD3] an empty workspace uses nothing but its databases", async () => {
  const storage = await expectOk(getStorage, { as: admin });
  expect(storage).toEqual({
    files: { count: 0, sizeBytes: 0, quotaBytes: expect.any(Number) },
    emoji: { count: 0, sizeBytes: 0 },
    databases: [
      { name: "main", sizeBytes: expect.any(Number) },
      { name: "search", sizeBytes: expect.any(Number) },
    ],
    unusedObjects: 0,
  });
  for (const { sizeBytes } of storage.databases) expect(sizeBytes).toBeGreaterThan(4_096);
  expect(await users()).toEqual([]);
});

test("[AD3] files are counted for each user; those with the most bytes come first", async () => {
  const large = await createStoredFile(ann, { bytes: "a".repeat(10_000) });
  const small = await createStoredFile(ann);
  await createStoredFile(bob, { bytes: "b".repeat(20_000) });
  await createStoredFile(eve);
  await createStoredFile(admin);
  await expectCounted();
  const all = await users();
  expect(all[0]).toEqual({ userId: bob.userId, files: 1, sizeBytes: 20_000 });
  expect(all[1]).toEqual({ userId: ann.userId, files: 2, sizeBytes: 14_096 });
  for (const limit of [1, 2, 3]) expect(await users(limit)).toEqual(all);
  await expectOk(deleteFile, { as: ann, params: { fileId: large.id } });
  await deleteFileRow(env, large.id);
  await expectCounted();
  await expectOk(deleteFile, { as: ann, params: { fileId: small.id } });
  await expectCounted();
  expect((await users()).map(({ userId }) => userId)).not.toContain(ann.userId);
});

test("[AD3] an upload in parts and one that is cancelled are counted as charged", async () => {
  setWorkerConfig({ FILE_PART_BYTES: partBytes });
  const content = binaryBytes(partBytes + 10);
  const body = { name: "a.bin", sizeBytes: content.length };
  const begun = await expectOk(createUpload, { as: eve, body });
  const path = `/v1/files/uploads/${begun.id}`;
  for (const part of [1, 2]) {
    const bytes = content.subarray((part - 1) * partBytes, part * partBytes);
    expect((await sendAs(eve, "PUT", `${path}/parts/${part}`, { body: bytes })).status).toBeLessThan(300);
    await expectCounted();
  }
  expect((await eve.call("POST", `${path}/complete`)).status).toBe(201);
  await expectCounted();
  expect((await users())[0]).toEqual({ userId: eve.userId, files: 2, sizeBytes: content.length + 4_096 });
  const { id } = await expectOk(createUpload, { as: eve, body });
  await expectCounted();
  await expectOk(cancelUpload, { as: eve, params: { fileId: id } });
  await expectCounted();
});

test("[AD3] images of emoji and unused objects are counted", async () => {
  const { sizeBytes } = await expectOk(createEmoji, {
    as: ann,
    body: { name: "one-dot", fileId: await uploadPicture(ann) },
  });
  await expectOk(createEmoji, { as: ann, body: { name: "a-dot", aliasOf: "one-dot" } });
  await writeDatabase(
    `INSERT INTO unused_objects (key, delete_at)
     WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200) SELECT 'key ' || n, 9e15 FROM n`,
  );
  const { emoji, unusedObjects } = await expectOk(getStorage, { as: admin });
  expect(emoji).toEqual({ count: 1, sizeBytes });
  expect(unusedObjects).toBe(1_000);
});

test("[AD3] while the search index does not answer, only its size is missing", async () => {
  interceptSearchIndex(() => Promise.reject(new Error("the index is down")));
  const { result, lines } = await captureLogs(() => expectOk(getStorage, { as: admin }));
  expect(result.databases.map(({ sizeBytes }) => sizeBytes === null)).toEqual([false, true]);
  expect(lines.filter(({ message }) => message === "storage.size_failed")).toEqual([
    expect.objectContaining({ level: "warn", database: "search", error: "Error: the index is down" }),
  ]);
});

test("[AD3] only the owner and admins read both, with the scope `admin`", async () => {
  await expectForAdminsOnly(getStorage, admin);
  await expectForAdminsOnly(getUserStorage, admin);
});

test("[AD3] invalid queries are rejected", async () => {
  await expectHostileQueriesRejected(getUserStorage, admin);
  expect((await callEndpoint(getStorage, { as: admin, query: { limit: 1 } })).status).toBe(200);
});
