import { beforeAll, beforeEach, expect, test } from "vitest";
import type { FileUpload } from "../../../src/protocol/index.ts";
import type { RestResponse } from "../../support/worker/clients/rest-client.ts";
import {
  binaryBytes,
  downloadContent,
  fileUsageOf,
  sendAs,
  sha256,
  streamOf,
} from "../../support/worker/clients/upload-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const partBytes = 5 * 1024 * 1024;
const content = binaryBytes(2 * partBytes + 1000);
const hash = sha256(content);
let ann: TestUser;
let before: Awaited<ReturnType<typeof fileUsageOf>>;
beforeAll(async () => {
  ann = await createUser("ann");
});
beforeEach(async () => {
  before = await fileUsageOf(ann);
  setWorkerConfig({ FILE_PART_BYTES: partBytes });
});

const path = (id: string, rest = "") => `/v1/files/uploads/${id}${rest}`;
const partOf = (nr: number, bytes = content) => bytes.subarray((nr - 1) * partBytes, nr * partBytes);

async function begin(announced: object = {}): Promise<FileUpload> {
  const all = { name: "a.bin", sizeBytes: content.length, ...announced };
  const { status, body, text } = await ann.call("POST", "/v1/files/uploads", all);
  expect(status, text).toBe(201);
  return body;
}
const send = (id: string, nr: number | string, body: BodyInit = partOf(Number(nr)), headers = {}) =>
  sendAs(ann, "PUT", path(id, `/parts/${nr}`), { body, headers });
const complete = (id: string) => ann.call("POST", path(id, "/complete"));
const received = async (id: string): Promise<number[]> => (await ann.call("GET", path(id))).body.received;
const statuses = (answers: RestResponse[]) => answers.map(({ status }) => status);

async function expectNothingLeft(id: string): Promise<void> {
  expect(await fileUsageOf(ann)).toEqual(before);
  for (const answer of [
    await ann.call("GET", path(id)),
    await ann.call("GET", `/v1/files/${id}`),
    await complete(id),
    await ann.call("DELETE", path(id)),
    await send(id, 3, partOf(3)),
  ])
    expect(answer.body).toMatchObject({ code: "not_found" });
}

test("[FL11] parts arrive in any order, concurrently, repeatedly; complete repeats", async () => {
  const upload = await begin({
    name: "große.bin",
    sha256: hash.toUpperCase(),
    type: "Application/X-Whatever",
  });
  expect(upload).toMatchObject({
    name: "große.bin",
    sizeBytes: content.length,
    partSizeBytes: partBytes,
    partCount: 3,
    received: [],
  });
  const { id } = upload;
  expect(await fileUsageOf(ann)).toMatchObject({
    rows: before.rows + 1,
    objects: before.objects,
    charged: before.charged + 4_096,
    chargedTo: Number(before.chargedTo) + 4_096,
  });
  expect((await send(id, 3)).status).toBe(204);
  expect(await received(id)).toEqual([3]);
  const missing = await complete(id);
  expect(missing).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect(missing.body.issues.map((issue: { path: string }) => issue.path)).toEqual(["parts.1", "parts.2"]);
  expect(statuses(await Promise.all([send(id, 2), send(id, 1)]))).toEqual([204, 204]);
  expect((await send(id, 2)).status).toBe(204);
  expect(await received(id)).toEqual([1, 2, 3]);
  const completed = await complete(id);
  expect(completed.status, completed.text).toBe(201);
  expect(completed.body).toMatchObject({
    id,
    name: "große.bin",
    type: "application/octet-stream",
    sizeBytes: content.length,
    sha256: hash,
  });
  const again = await Promise.all([complete(id), complete(id)]);
  expect(statuses(again)).toEqual([200, 200]);
  for (const { body } of again) expect(body).toEqual(completed.body);
  expect((await downloadContent(ann, { id })).equals(content)).toBe(true);
  for (const answer of [
    await send(id, 1),
    await ann.call("GET", path(id)),
    await ann.call("DELETE", path(id)),
  ])
    expect(answer.status).toBe(404);
  expect((await ann.call("DELETE", `/v1/files/${id}`)).status).toBe(204);
  expect((await complete(id)).status).toBe(404);
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL11] a repeated part replaces the first; concurrent completes make one file", async () => {
  const { id } = await begin();
  const wrong = new Uint8Array(partBytes);
  for (const nr of [1, 2]) await send(id, nr, wrong);
  for (const nr of [1, 2, 3]) expect((await send(id, nr)).status).toBe(204);
  const both = await Promise.all([complete(id), complete(id), complete(id)]);
  expect(statuses(both).every((status) => status === 200 || status === 201)).toBe(true);
  for (const { body } of both) expect(body).toMatchObject({ id, sha256: hash });
  expect((await fileUsageOf(ann)).chargedTo).toBe(Number(before.chargedTo) + content.length);
});

test("[FL11] a part must be one whole part of the upload; others are rejected", async () => {
  const { id } = await begin();
  for (const [nr, body] of [
    [1, binaryBytes(10)],
    [3, partOf(1)],
    [3, binaryBytes(1001)],
    [3, binaryBytes(999)],
    [4, binaryBytes(1000)],
    [99_999, binaryBytes(1000)],
  ] as const)
    expect(await send(id, nr, body), `${nr}`).toMatchObject({
      status: 400,
      body: { code: "validation_failed" },
    });
  for (const nr of ["0", "-1", "1.5", "x", "100000", "01"])
    expect(await send(id, nr, binaryBytes(10)), nr).toMatchObject({ status: 404 });
  expect(await send(id, 3, streamOf([binaryBytes(1000)]))).toMatchObject({ status: 411 });
  const packed = await send(id, 3, partOf(3), { "Content-Encoding": "gzip" });
  expect(packed).toMatchObject({ status: 415 });
  for (const bytes of [999, 1001, 0]) {
    const lies = await send(id, 3, streamOf([binaryBytes(bytes)]), { "Content-Length": "1000" });
    expect(lies, `${bytes} bytes`).toMatchObject({ status: 400, body: { code: "validation_failed" } });
  }
  expect(await received(id)).toEqual([]);
  expect((await send(id, 3)).status).toBe(204);
  expect((await send(id, 3, streamOf([binaryBytes(999)]), { "Content-Length": "1000" })).status).toBe(400);
  expect(await received(id)).toEqual([3]);
  expect((await ann.call("DELETE", path(id))).status).toBe(204);
  await expectNothingLeft(id);
});

test("[FL11] another's upload does not exist", async () => {
  const bob = await createUser("bob");
  const { id } = await begin({ sizeBytes: 1000 });
  for (const answer of [
    await bob.call("GET", path(id)),
    await sendAs(bob, "PUT", path(id, "/parts/1"), { body: binaryBytes(1000) }),
    await bob.call("POST", path(id, "/complete")),
    await bob.call("DELETE", path(id)),
  ])
    expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await received(id)).toEqual([]);
  await send(id, 1, binaryBytes(1000));
  await complete(id);
  expect((await bob.call("POST", path(id, "/complete"))).status).toBe(404);
});

test.each([
  ["another hash", { sha256: sha256("x") }, 400, "validation_failed", binaryBytes(1000)],
  ["no picture", { type: "image/png" }, 415, "unsupported_media_type", Buffer.alloc(1000, "text ")],
  [
    "a program",
    {},
    415,
    "unsupported_media_type",
    Buffer.concat([Buffer.from([0x7f]), Buffer.from("ELF"), new Uint8Array(996)]),
  ],
])("[FL1] [FL2] [FL3] bytes unlike the announcement are rejected at the end: %s", async (...of) => {
  const [, announced, status, code, bytes] = of;
  const { id } = await begin({ sizeBytes: 1000, ...announced });
  expect((await send(id, 1, bytes)).status).toBe(204);
  expect(await complete(id)).toMatchObject({ status, body: { code } });
  await expectNothingLeft(id);
});

test("[FL10] [FL4] an upload too large, without name or size is rejected up front", async () => {
  setWorkerConfig({ FILE_MAX_BYTES: 1000 });
  const rejectionCode = async (body: object) => (await ann.call("POST", "/v1/files/uploads", body)).body.code;
  expect(await rejectionCode({ name: "a", sizeBytes: 1001 })).toBe("payload_too_large");
  for (const body of [
    { name: "a", sizeBytes: 0 },
    { name: "a", sizeBytes: -1 },
    { name: "a", sizeBytes: 1.5 },
    { name: "a", sizeBytes: 1e300 },
    { name: "a" },
    { sizeBytes: 1 },
    { name: "a/b", sizeBytes: 1 },
    { name: "\ud800", sizeBytes: 1 },
    { name: "a", sizeBytes: 1, type: "x" },
    { name: "a", sizeBytes: 1, type: "text/plain; charset=x" },
    { name: "a", sizeBytes: 1, sha256: "x" },
    { name: "a", sizeBytes: 1, key: "x" },
  ])
    expect(await rejectionCode(body), JSON.stringify(body)).toBe("validation_failed");
  expect(await fileUsageOf(ann)).toEqual(before);
});
