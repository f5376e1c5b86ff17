import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newId, randomToken } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { completeFile, insertFile } from "../../../src/features/files/file-queries.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { disconnectBucket, restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  chargedBytes,
  createStoredFile,
  fileStates,
  noStoredFiles,
  storedFileTotals,
} from "../../support/worker/fixtures/stored-files.ts";
import { hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

const minute = 60_000;
const partBytes = 5 * 1024 * 1024;
let ann: TestUser;
beforeEach(async () => {
  ann = await createUser("ann");
});
afterEach(() => {
  restoreBucket();
  vi.useRealTimers();
});

/** Begins an upload in the hub and in D1. */
async function beginUpload({ inParts = false, sizeBytes = 5 } = {}) {
  const [fileId, key] = [newId("fil"), randomToken(12)];
  const upload = inParts ? await env.FILES.createMultipartUpload(key) : undefined;
  const parts = upload && {
    name: "a.bin",
    type: null,
    sha256: null,
    r2UploadId: upload.uploadId,
    partSizeBytes: partBytes,
  };
  unwrap(await hubStub(ann.userId).reserveFile({ fileId, key, sizeBytes, ...(parts && { parts }) }));
  const row = { id: fileId, uploaderId: ann.userId, key, name: "a.bin", sizeBytes, createdAt: Date.now() };
  const insertRow = () => insertFile(env, row, 1_000_000_000);
  return { fileId, key, upload, enter: insertRow };
}

async function expectNothingLeft(): Promise<void> {
  expect(await fileStates(ann)).toEqual({});
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  expect(await chargedBytes(ann)).toBe(0);
}

test("[FL1] an abandoned upload leaves no object, no row and no charge", async () => {
  const { fileId, key, enter: insertRow } = await beginUpload();
  await insertRow();
  await env.FILES.put(key, "hello");
  await hubStub(ann.userId).abandonFile(fileId);
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  expect(await chargedBytes(ann)).toBe(0);
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
});

test("[FL1] what an abandoned upload writes a little later is deleted too", async () => {
  const { fileId, key, enter: insertRow } = await beginUpload();
  await hubStub(ann.userId).abandonFile(fileId);
  await insertRow();
  await env.FILES.put(key, "hello");
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
});

test("[FL1] an upload whose Worker crashed expires after 15 minutes for good", async () => {
  const { fileId, key, enter: insertRow } = await beginUpload();
  await insertRow();
  await env.FILES.put(key, "hello");
  await runHubAlarmAfter(ann.userId, 14 * minute);
  expect(await storedFileTotals()).toEqual({ objects: 1, rows: 1, charged: 4_096 });
  await runHubAlarmAfter(ann.userId, minute + 1);
  expect(await storedFileTotals()).toEqual(noStoredFiles);
  const file = {
    id: fileId,
    name: "a",
    type: "text/plain",
    sizeBytes: 5,
    sha256: "0",
    uploaderId: ann.userId,
    createdAt: "",
  };
  expect(await completeFile(env, file)).toBe(false);
  expect(await hubStub(ann.userId).finishFile(file)).toMatchObject({ problem: { code: "not_found" } });
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
});

test("[FL11] an upload in parts expires six hours after its last new part", async () => {
  const { fileId, upload, enter: insertRow } = await beginUpload({ inParts: true });
  await insertRow();
  const { etag } = await upload!.uploadPart(1, "hello");
  const lifetimeMs = 6 * 60 * minute;
  advanceClock(lifetimeMs - 2 * minute);
  unwrap(await hubStub(ann.userId).recordPart(fileId, { part: 1, etag }));
  advanceClock(minute);
  unwrap(await hubStub(ann.userId).recordPart(fileId, { part: 1, etag }));
  await runHubAlarmAfter(ann.userId, lifetimeMs - 2 * minute);
  expect(unwrap(await hubStub(ann.userId).openUpload(fileId))).toMatchObject({
    plan: { r2UploadId: upload!.uploadId, sizeBytes: 5, partSizeBytes: partBytes },
    received: [{ part: 1, etag }],
  });
  await runHubAlarmAfter(ann.userId, minute + 1);
  expect(await hubStub(ann.userId).openUpload(fileId)).toMatchObject({ problem: { code: "not_found" } });
  expect(await hubStub(ann.userId).recordPart(fileId, { part: 2, etag })).toMatchObject({
    problem: { code: "not_found" },
  });
  await expect(upload!.uploadPart(2, "late")).rejects.toThrow();
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
  expect(await hubRows(ann.userId, "file_parts")).toEqual([]);
});

test("[FL1] [FL11] an object without a file, left by a crash, is deleted too", async () => {
  const { fileId, key, upload, enter: insertRow } = await beginUpload({ inParts: true });
  await insertRow();
  await upload!.complete([await upload!.uploadPart(1, "hello")]);
  expect((await env.FILES.head(key))?.size).toBe(5);
  await hubStub(ann.userId).abandonFile(fileId);
  expect(await storedFileTotals()).toEqual(noStoredFiles);
});

test("[FL9] a file is gone once its deletion is answered, and then unknown", async () => {
  const { id } = await createStoredFile(ann);
  expect(await hubStub(ann.userId).deleteFile(id)).toEqual({ ok: true, value: null });
  await expectNothingLeft();
  expect(await hubStub(ann.userId).deleteFile(id)).toMatchObject({ problem: { code: "not_found" } });
});

test("[FL9] while R2 is down a deletion fails; repeated, it reports when it is done", async () => {
  const { id } = await createStoredFile(ann);
  disconnectBucket();
  for (const _ of [1, 2])
    expect(await hubStub(ann.userId).deleteFile(id)).toMatchObject({ problem: { code: "unavailable" } });
  expect(await hubStub(ann.userId).fileVisibility(id), "no user reads it").toBeUndefined();
  restoreBucket();
  expect(await hubStub(ann.userId).deleteFile(id)).toEqual({ ok: true, value: null });
  await expectNothingLeft();
});

test("[FL1] a file reported to the hub twice counts once and is never swept", async () => {
  const file = await createStoredFile(ann);
  expect(unwrap(await hubStub(ann.userId).finishFile({ ...file, name: "other" }))).toEqual(file);
  expect(await runHubAlarmAfter(ann.userId, 30 * 24 * 60 * minute)).toBe(true);
  expect(await fileStates(ann)).toEqual({ [file.id]: "ready" });
  await hubStub(ann.userId).deleteFile(file.id);
});
