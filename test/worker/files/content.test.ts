import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { FileRef } from "../../../src/protocol/index.ts";
import { png } from "../../support/image-headers.ts";
import { binaryBytes, contentPath, fetchAs, uploadOk } from "../../support/worker/clients/upload-client.ts";
import { disconnectBucket, restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";

const [bytes, large] = [binaryBytes(10), binaryBytes(300_001)];
let ann: TestUser;
let ten: FileRef;
let much: FileRef;
let text: FileRef;
let picture: FileRef;
beforeAll(async () => {
  ann = await createUser("ann");
  ten = await uploadOk(ann, bytes, { name: "ten.bin" });
  much = await uploadOk(ann, large, { name: "much.bin" });
  text = await uploadOk(ann, "héllo", { name: "naïve €.html", type: "text/html" });
  picture = await uploadOk(ann, png(2, 3), { name: "a.png", type: "image/png" });
});
afterEach(() => restoreBucket());

const get = (file: { id: string }, headers: Record<string, string> = {}, method = "GET") =>
  fetchAs(ann, method, contentPath(file), { headers });
const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

const guards = (file: FileRef, type: string, disposition: string) => ({
  etag: `"${file.sha256}"`,
  "accept-ranges": "bytes",
  "cache-control": "private, no-cache",
  "content-type": type,
  "content-disposition": disposition,
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
});

test("[FL5] [FL6] a response has the file's type, name, length and safety headers", async () => {
  for (const [file, type, disposition] of [
    [ten, "application/octet-stream", "attachment; filename=ten.bin"],
    [
      text,
      "text/plain; charset=utf-8",
      "attachment; filename=\"na?ve ?.html\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.html",
    ],
    [picture, "image/png", "inline; filename=a.png"],
  ] as const) {
    const response = await get(file);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...guards(file, type, disposition),
      "content-length": String(file.sizeBytes),
    });
    await response.body?.cancel();
  }
});

test.each([
  ["bytes=0-0", 0, 1],
  ["bytes=2-4", 2, 5],
  ["bytes=7-", 7, 10],
  ["bytes=7-99", 7, 10],
  ["bytes=-3", 7, 10],
  ["bytes=-99", 0, 10],
  ["bytes=0-", 0, 10],
])("[FL6] of ten bytes %s is one range, with the headers of the whole file", async (range, from, to) => {
  const response = await get(ten, { Range: range });
  expect(response.status).toBe(206);
  expect((await bodyOf(response)).equals(bytes.subarray(from, to))).toBe(true);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    ...guards(ten, "application/octet-stream", "attachment; filename=ten.bin"),
    "content-range": `bytes ${from}-${to - 1}/10`,
    "content-length": String(to - from),
  });
});

test("[FL6] ranges of a large file have the exact bytes", async () => {
  for (const [from, to] of [
    [0, 65_536],
    [65_535, 131_073],
    [299_999, 300_001],
  ] as const) {
    const response = await get(much, { Range: `bytes=${from}-${to - 1}` });
    expect((await bodyOf(response)).equals(large.subarray(from, to))).toBe(true);
  }
});

test.each(["bytes=4-2", "bytes=0-1,3-4", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=1", "", "bytes=--1"])(
  "[FL6] an unsupported range, %j, returns the whole file",
  async (range) => {
    const response = await get(ten, { Range: range });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Range")).toBeNull();
    expect((await bodyOf(response)).equals(bytes)).toBe(true);
  },
);

test.each(["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=999999999999999-"])(
  "[FL6] an unsatisfiable range, %s, is rejected with the size only",
  async (range) => {
    const response = await get(ten, { Range: range });
    expect(response.status).toBe(416);
    expect(response.headers.get("Content-Range")).toBe("bytes */10");
    expect(await response.json()).toMatchObject({ code: "range_not_satisfiable" });
    expectNoFileHeaders(response);
  },
);

const expectNoFileHeaders = ({ headers }: Response): void => {
  for (const name of ["ETag", "Accept-Ranges", "Content-Disposition"])
    expect(headers.get(name), name).toBeNull();
  expect(headers.get("Content-Type")).toBe("application/problem+json");
  expect(headers.get("Cache-Control")).toBe("no-store");
};

test("[FL6] a range continues only with unchanged bytes (`If-Range`)", async () => {
  const etag = `"${ten.sha256}"`;
  const same = await get(ten, { Range: "bytes=1-2", "If-Range": etag });
  expect(same.status).toBe(206);
  await bodyOf(same);
  for (const other of [`W/${etag}`, '"other"', "Sun, 22 Nov 2026 00:00:00 GMT"]) {
    const response = await get(ten, { Range: "bytes=1-2", "If-Range": other });
    expect(response.status, other).toBe(200);
    expect((await bodyOf(response)).equals(bytes)).toBe(true);
  }
});

test("[FL6] `If-None-Match` and `HEAD` are answered without R2", async () => {
  disconnectBucket();
  const etag = `"${ten.sha256}"`;
  for (const known of [etag, `W/${etag}`, `"b", ${etag}`, "*"])
    for (const method of ["GET", "HEAD"]) {
      const response = await get(ten, { "If-None-Match": known, Range: "bytes=0-1" }, method);
      expect(response.status, known).toBe(304);
      expect(response.body).toBeNull();
      expect(response.headers.get("ETag")).toBe(etag);
      expect(response.headers.get("Cache-Control")).toBe("private, no-cache");
      expect(response.headers.get("Content-Security-Policy")).toContain("sandbox");
    }
  const head = await get(ten, { Range: "bytes=0-1" }, "HEAD");
  expect(head.status).toBe(200);
  expect(await head.text()).toBe("");
  expect(Object.fromEntries(head.headers)).toMatchObject({
    ...guards(ten, "application/octet-stream", "attachment; filename=ten.bin"),
    "content-length": "10",
  });
});

test("[FL6] while R2 is down a file is `unavailable`, without its headers", async () => {
  disconnectBucket();
  const response = await get(ten);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: "unavailable", retryAfterMs: 2_000 });
  expectNoFileHeaders(response);
  restoreBucket();
  expect((await bodyOf(await get(ten))).equals(bytes)).toBe(true);
});

test("[FL7] missing, another's and incomplete files return the same 404", async () => {
  const bob = await createUser("bob");
  const begun = await ann.call("POST", "/v1/files/uploads", { name: "a", sizeBytes: 10 });
  const details = new Set<string>();
  for (const id of [
    ten.id,
    begun.body.id,
    "fil_00000000000000000000000000",
    "x",
    "fil_",
    `fil_${"Z".repeat(26)}`,
  ]) {
    for (const suffix of ["", "/content"]) {
      const response = await fetchAs(bob, "GET", `/v1/files/${id}${suffix}`);
      expect(response.status, id).toBe(404);
      const { requestId: _, ...problem } = await response.json<Record<string, unknown>>();
      details.add(JSON.stringify(problem));
      expectNoFileHeaders(response);
    }
    const head = await fetchAs(bob, "HEAD", `/v1/files/${id}/content`);
    expect(head.status).toBe(404);
  }
  expect(details.size).toBe(1);
});

test("[FL5] only allowed origins may read a file; no page may embed it", async () => {
  const { ALLOWED_ORIGINS } = env as unknown as { ALLOWED_ORIGINS: string };
  const [origin = ""] = ALLOWED_ORIGINS.split(",");
  const allowed = await get(ten, { Origin: origin });
  expect(allowed.headers.get("Access-Control-Allow-Origin")).toBe(origin);
  for (const name of ["ETag", "Content-Range", "Content-Length", "Content-Disposition"])
    expect(allowed.headers.get("Access-Control-Expose-Headers")).toContain(name);
  await bodyOf(allowed);
  const asked = { Origin: origin, "Access-Control-Request-Method": "PUT" };
  const preflight = await fetchAs(ann, "OPTIONS", contentPath(ten), { headers: asked });
  for (const name of ["Authorization", "Content-Digest", "Range", "If-Range", "If-None-Match"])
    expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain(name);
  const other = await get(ten, { Origin: "https://other.example" });
  expect(other.headers.get("Access-Control-Allow-Origin")).toBeNull();
  await bodyOf(other);
});
