import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { insertFile, chargeArrivedBytes, deleteFileRow } from "../../../src/features/files/file-queries.ts";
import { binaryBytes, fileUsageOf, sendAs } from "../../support/worker/clients/upload-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { chargedBytes, storedFileTotals } from "../../support/worker/fixtures/stored-files.ts";
import { hubStub, setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const MiB = 1024 * 1024;
const partBytes = 5 * MiB;
let ann: TestUser;
beforeEach(async () => {
  ann = await createUser("ann");
  setWorkerConfig({ FILE_PART_BYTES: partBytes });
});
afterEach(() => void vi.useRealTimers());

const begin = (sizeBytes: number) => ann.call("POST", "/v1/files/uploads", { name: "a.bin", sizeBytes });
const send = (id: string, part: number, bytes: number) =>
  sendAs(ann, "PUT", `/v1/files/uploads/${id}/parts/${part}`, { body: binaryBytes(bytes) });
const complete = (id: string) => ann.call("POST", `/v1/files/uploads/${id}/complete`);
const chargedParts = async () => Number(await chargedBytes(ann));

test("[FL10] an upload in parts is charged only what has arrived", async () => {
  const before = await fileUsageOf(ann);
  const { body } = await begin(100 * MiB);
  expect(await fileUsageOf(ann)).toMatchObject({ charged: before.charged + 4_096, chargedTo: 4_096 });
  await send(body.id, 20, partBytes);
  expect(await fileUsageOf(ann)).toMatchObject({ charged: before.charged + partBytes, chargedTo: partBytes });
  await send(body.id, 20, partBytes);
  await send(body.id, 3, partBytes);
  expect(await fileUsageOf(ann)).toMatchObject({
    charged: before.charged + 2 * partBytes,
    chargedTo: 2 * partBytes,
  });
  await ann.call("DELETE", `/v1/files/uploads/${body.id}`);
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL10] uploads that never sent a byte block no other user's", async () => {
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 200 * MiB });
  for (let count = 0; count < 20; count++) expect((await begin(100 * MiB)).status).toBe(201);
  expect(await chargedParts()).toBe(20 * 4_096);
  const { status, body } = await begin(1);
  expect({ status, code: body.code }).toEqual({ status: 409, code: "conflict" });
  expect(body.issues).toHaveLength(20);
  expect(await chargedParts()).toBe(20 * 4_096);
  await ann.call("DELETE", `/v1/files/uploads/${body.issues[0].path}`);
  expect((await begin(1)).status).toBe(201);
});

test("[FL10] [FL11] a part over the user's quota is rejected before it is sent", async () => {
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 2 * partBytes + 8_192 });
  expect((await begin(3 * partBytes)).body).toMatchObject({ code: "quota_exceeded" });
  const [first, second] = [(await begin(2 * partBytes)).body.id, (await begin(2 * partBytes)).body.id];
  for (const part of [1, 2]) expect((await send(first, part, partBytes)).status).toBe(204);
  expect(await send(second, 1, partBytes)).toMatchObject({ status: 413, body: { code: "quota_exceeded" } });
  const noted = await hubStub(ann.userId).recordPart(second, { part: 1, etag: "x" });
  expect(noted).toMatchObject({ problem: { code: "quota_exceeded" } });
  expect(unwrap(await hubStub(ann.userId).openUpload(second)).received).toEqual([]);
  await ann.call("DELETE", `/v1/files/uploads/${first}`);
  expect((await send(second, 1, partBytes)).status).toBe(204);
});

test("[FL10] so is one over the workspace's quota; the upload completes later", async () => {
  const { charged } = await storedFileTotals();
  const { body } = await begin(2 * partBytes);
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: charged + partBytes + 1 });
  expect((await send(body.id, 1, partBytes)).status).toBe(204);
  expect(await send(body.id, 2, partBytes)).toMatchObject({ status: 413, body: { code: "quota_exceeded" } });
  expect(await complete(body.id)).toMatchObject({ status: 413, body: { code: "quota_exceeded" } });
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: charged + 2 * partBytes });
  expect((await complete(body.id)).status).toBe(201);
  expect((await storedFileTotals()).charged).toBe(charged + 2 * partBytes);
  await ann.call("DELETE", `/v1/files/${body.id}`);
  expect((await storedFileTotals()).charged).toBe(charged);
});

test("[FL11] a repeated part does not extend the upload's deadline", async () => {
  const { body } = await begin(1);
  await send(body.id, 1, 1);
  const expiresAt = async () => (await ann.call("GET", `/v1/files/uploads/${body.id}`)).body.expiresAt;
  const first = await expiresAt();
  advanceClock(60_000);
  const again = await hubStub(ann.userId).recordPart(body.id, { part: 1, etag: "x" });
  expect(again).toEqual({ ok: true, value: 4_096 });
  expect(await expiresAt()).toBe(first);
});

test("[FL10] a thousand files of one byte are charged 4 KiB each and uncharged", async () => {
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 10 * 4_096 });
  const reserve = (fileId = newId("fil")) =>
    hubStub(ann.userId).reserveFile({ fileId, key: fileId, sizeBytes: 1 });
  for (let count = 0; count < 10; count++) expect((await reserve()).ok).toBe(true);
  expect(await reserve()).toMatchObject({ problem: { code: "quota_exceeded" } });
});

test("[FL10] the workspace's sum counts an upload once, despite late repeats", async () => {
  const { charged } = await storedFileTotals();
  const row = {
    id: newId("fil"),
    uploaderId: ann.userId,
    key: newId("fil"),
    name: "a",
    sizeBytes: 0,
    createdAt: 0,
  };
  await insertFile(env, row, charged + 20_000);
  for (const size of [10_000, 10_000, 4_096, 20_000, 10_000])
    await chargeArrivedBytes(env, row.id, size, charged + 20_000);
  expect((await storedFileTotals()).charged).toBe(charged + 20_000);
  await expect(chargeArrivedBytes(env, row.id, 20_001, charged + 20_000)).rejects.toMatchObject({
    code: "quota_exceeded",
  });
  await deleteFileRow(env, row.id);
  await chargeArrivedBytes(env, row.id, 30_000, charged + 40_000);
  expect((await storedFileTotals()).charged).toBe(charged);
});
