import { beforeAll, beforeEach, expect, test } from "vitest";
import {
  binaryBytes,
  downloadContent,
  fileUsageOf,
  requestUpload,
  sendAs,
  sha256,
  streamOf,
  uploadOk,
} from "../../support/worker/clients/upload-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { png } from "../../support/image-headers.ts";

let ann: TestUser;
let before: unknown;
beforeAll(async () => {
  ann = await createUser("ann");
});
beforeEach(async () => {
  before = await fileUsageOf(ann);
});

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

test.each([
  ["one byte", binaryBytes(1)],
  ["a text", Buffer.from("héllo 🎉")],
  ["as much as is looked at", binaryBytes(128 * 1024)],
  ["a byte more", binaryBytes(128 * 1024 + 1)],
  ["some chunks", binaryBytes(1024 * 1024 + 3)],
])("[FL1] [FL6] %s is returned byte by byte, with its length and hash", async (_name, bytes) => {
  const file = await uploadOk(ann, bytes, { name: "what it is.bin" });
  expect(file).toMatchObject({
    name: "what it is.bin",
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    uploaderId: ann.userId,
  });
  expect((await downloadContent(ann, file)).equals(bytes)).toBe(true);
  expect((await ann.call("GET", `/v1/files/${file.id}`)).body).toEqual(file);
});

test("[FL1] [FL10] a file is charged once to its uploader and to the workspace", async () => {
  const bob = await createUser("bob");
  const { rows, charged, objects } = await fileUsageOf(bob);
  await uploadOk(bob, binaryBytes(1000));
  expect(await fileUsageOf(bob)).toEqual({
    rows: rows + 1,
    charged: charged + 4_096,
    objects: objects + 1,
    chargedTo: 4_096,
  });
});

test("[FL1] the hash may be in the query, as `Content-Digest`, or both, in any case", async () => {
  const bytes = binaryBytes(300_000);
  const hash = sha256(bytes);
  const digest = { "Content-Digest": `sha-256=:${base64(hash)}:` };
  const others = { "Content-Digest": `sha-512=:AAAA:, sha-256=:${base64(hash)}:;a=1` };
  await uploadOk(ann, bytes, { query: `&sha256=${hash}` });
  await uploadOk(ann, bytes, { query: `&sha256=${hash.toUpperCase()}` });
  await uploadOk(ann, bytes, { headers: digest });
  await uploadOk(ann, bytes, { headers: digest, query: `&sha256=${hash}` });
  await uploadOk(ann, bytes, { headers: { "Content-Digest": "sha-512=:AAAA:" } });
  await uploadOk(ann, bytes, { headers: others });
});

test.each([
  ["another one", "&sha256=" + "0".repeat(64), {}, "sha256"],
  ["none", "&sha256=abc", {}, "sha256"],
  ["two in the query", `&sha256=${sha256("a")}&sha256=${sha256("b")}`, {}, "sha256"],
  ["another digest", "", { "Content-Digest": `sha-256=:${base64("0".repeat(64))}:` }, "sha256"],
  ["a digest that is none", "", { "Content-Digest": "sha-256=:abc:" }, "Content-Digest"],
  ["a digest that is no item", "", { "Content-Digest": "sha-256=abc" }, "Content-Digest"],
  [
    "two that differ",
    `&sha256=${sha256("a")}`,
    { "Content-Digest": `sha-256=:${base64(sha256("b"))}:` },
    "sha256",
  ],
])("[FL1] a wrong hash is rejected by field and leaves nothing: %s", async (_name, query, headers, path) => {
  const { status, body } = await requestUpload(ann, binaryBytes(200_000), { query, headers });
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "validation_failed", issues: [{ path }] });
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL4] a body needs a name and nothing else; other parameters are rejected", async () => {
  for (const path of [
    "/v1/files",
    "/v1/files?name=",
    "/v1/files?name=%20",
    "/v1/files?name=a/b",
    "/v1/files?name=..",
    "/v1/files?name=a%00",
    "/v1/files?name=a%0d%0ab",
    `/v1/files?name=${"x".repeat(256)}`,
    `/v1/files?name=${encodeURIComponent("\u200b\u202e")}`,
  ])
    expect((await sendAs(ann, "POST", path, { body: "x" })).body.issues[0].path, path).toBe("name");
  const unknown = await sendAs(ann, "POST", "/v1/files?name=a&folder=b", { body: "x" });
  expect(unknown.body).toMatchObject({ code: "validation_failed" });
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL1] a missing, malformed or too large length is rejected before storing", async () => {
  const unsaid = await requestUpload(ann, streamOf([binaryBytes(10)]));
  expect(unsaid).toMatchObject({ status: 411, body: { code: "length_required" } });
  for (const body of ["", new Uint8Array()])
    expect(await requestUpload(ann, body)).toMatchObject({
      status: 400,
      body: { code: "validation_failed", issues: [{ message: "Empty" }] },
    });
  expect((await sendAs(ann, "POST", "/v1/files?name=a")).status).toBeGreaterThanOrEqual(400);
  setWorkerConfig({ FILE_BODY_MAX_BYTES: 1000, FILE_MAX_BYTES: 2000 });
  const inParts = await requestUpload(ann, binaryBytes(1001));
  expect(inParts).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
  expect(inParts.body.detail).toContain("/v1/files/uploads");
  const never = await requestUpload(ann, binaryBytes(2001));
  expect(never).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
  expect(never.body.detail).not.toContain("/v1/files/uploads");
  expect(await fileUsageOf(ann)).toEqual(before);
  await uploadOk(ann, binaryBytes(1000));
});

test("[FL2] a body with a content encoding is rejected", async () => {
  const gzip = await requestUpload(ann, binaryBytes(10), { headers: { "Content-Encoding": "gzip" } });
  expect(gzip).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
  await uploadOk(ann, binaryBytes(10), { headers: { "Content-Encoding": "identity" } });
});

test("[FL3] a picture's size is read, even if it is sent as another type", async () => {
  expect(await uploadOk(ann, png(640, 480), { type: "image/gif" })).toMatchObject({
    type: "image/png",
    width: 640,
    height: 480,
  });
  const text = await uploadOk(ann, "GIF89a is a text", { type: "text/plain; charset=utf-8" });
  expect(text).toMatchObject({ type: "text/plain" });
  expect(text).not.toHaveProperty("width");
});

test("[FL7] without a session nothing is stored or revealed", async () => {
  const stranger = { token: "x" };
  for (const [method, path] of [
    ["POST", "/v1/files?name=a"],
    ["PUT", "/v1/files/uploads/fil_1/parts/1"],
    ["GET", "/v1/files/fil_1/content"],
  ] as const)
    expect(
      await sendAs(stranger, method, path, method === "GET" ? {} : { body: binaryBytes(10) }),
    ).toMatchObject({
      status: 401,
    });
  expect(await fileUsageOf(ann)).toEqual(before);
});
