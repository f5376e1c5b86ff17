import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { AppError } from "../../../src/errors/app-error.ts";
import { newId } from "../../../src/lib/ids.ts";
import { completeFile, insertFile, deleteFileRow } from "../../../src/features/files/file-queries.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  chargedBytes,
  createStoredFile,
  storedFileTotals,
} from "../../support/worker/fixtures/stored-files.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import { hubStub, setHubConfig } from "../../support/worker/objects/hub-object.ts";

const twenty = Array.from({ length: 20 }, (_, nr) => nr);
afterEach(async () => {
  await writeDatabase("DELETE FROM files");
  await writeDatabase("UPDATE file_usage SET size_bytes = 0");
});

test("[FL10] of 20 concurrent uploads as many succeed as a user's quota allows", async () => {
  const ann = await createUser("ann");
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 75_000 });
  const outcomes = await Promise.all(
    twenty.map((nr) =>
      hubStub(ann.userId).reserveFile({ fileId: newId("fil"), key: `k${nr}`, sizeBytes: 10_000 }),
    ),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(7);
  expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ problem: { code: "quota_exceeded" } });
  expect(await chargedBytes(ann)).toBe(70_000);
});

test("[FL10] repeated reservations are charged once; a deleted file is uncharged", async () => {
  const ann = await createUser("ann");
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 10_000 });
  const reservation = { fileId: newId("fil"), key: "k", sizeBytes: 6_000 };
  for (const _ of [1, 2]) expect((await hubStub(ann.userId).reserveFile(reservation)).ok).toBe(true);
  expect(await chargedBytes(ann)).toBe(6_000);
  await hubStub(ann.userId).abandonFile(reservation.fileId);
  const { id } = await createStoredFile(ann, { bytes: "x".repeat(10_000) });
  const full = await hubStub(ann.userId).reserveFile({ fileId: newId("fil"), key: "k", sizeBytes: 1 });
  expect(full).toMatchObject({ problem: { code: "quota_exceeded" } });
  await hubStub(ann.userId).deleteFile(id);
  await createStoredFile(ann, { bytes: "x".repeat(10_000) });
});

const rowOf = (sizeBytes: number) => ({
  id: newId("fil"),
  uploaderId: newId("usr"),
  key: newId("fil"),
  name: "a",
  sizeBytes,
  createdAt: 0,
});

test("[FL10] of 20 concurrent uploads the workspace's quota admits as many as fit", async () => {
  const outcomes = await Promise.allSettled(twenty.map(() => insertFile(env, rowOf(10_000), 75_000)));
  const rejected = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(rejected).toHaveLength(13);
  expect(rejected.every(({ reason }) => reason instanceof AppError && reason.code === "quota_exceeded")).toBe(
    true,
  );
  expect(await storedFileTotals()).toMatchObject({ rows: 7, charged: 70_000 });
});

test("[FL10] the workspace is charged once for a file, and uncharged once", async () => {
  const row = rowOf(10_000);
  await insertFile(env, row, 10_000);
  await expect(insertFile(env, rowOf(1), 10_000)).rejects.toMatchObject({ code: "quota_exceeded" });
  const file = { ...row, type: "text/plain", sha256: "0", sizeBytes: 5_000, createdAt: "" };
  for (const _ of [1, 2]) expect(await completeFile(env, file)).toBe(true);
  expect(await storedFileTotals()).toMatchObject({ rows: 1, charged: 5_000 });
  const [kept] = await databaseRows("SELECT type, size_bytes FROM files");
  expect(kept).toEqual({ type: "text/plain", size_bytes: 5_000 });
  for (const _ of [1, 2]) await deleteFileRow(env, row.id);
  expect(await storedFileTotals()).toMatchObject({ rows: 0, charged: 0 });
  expect(await completeFile(env, file)).toBe(false);
});
