import { beforeAll, beforeEach, expect, test } from "vitest";
import {
  boundary,
  fileField,
  formField,
  multipartBody,
  multipartType,
  sendForm,
} from "../../support/worker/clients/multipart-form.ts";
import {
  binaryBytes,
  downloadContent,
  fileUsageOf,
  sha256,
  streamOf,
} from "../../support/worker/clients/upload-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser;
let before: unknown;
beforeAll(async () => {
  ann = await createUser("ann");
});
beforeEach(async () => {
  before = await fileUsageOf(ann);
});

async function acceptedForm(
  ...sent: Parameters<typeof sendForm> extends [unknown, ...infer Rest] ? Rest : never
) {
  const { status, body, text } = await sendForm(ann, ...sent);
  expect(status, text).toBe(201);
  return body as { id: string; name: string; type: string; sizeBytes: number; sha256: string };
}

test.each([
  ["one byte", 1],
  ["as much as is looked at", 128 * 1024],
  ["a byte more", 128 * 1024 + 1],
  ["some chunks", 700_001],
])("[FL1] the file of a form is stored as it was sent: %s", async (_name, size) => {
  const bytes = binaryBytes(size);
  const file = await acceptedForm(multipartBody(fileField(bytes)));
  expect(file).toMatchObject({ name: "a.bin", sizeBytes: size, sha256: sha256(bytes) });
  expect((await downloadContent(ann, file)).equals(bytes)).toBe(true);
});

test("[FL1] so are files that contain the boundary or end like it", async () => {
  for (const text of [
    "\r\n--",
    "\r\n------parley012345678",
    "--\r\n\r\n",
    "\r\n\r\n",
    "-",
    "\r",
    "\r\n--\r\n",
  ]) {
    const bytes = Buffer.from(`a${text}`);
    const file = await acceptedForm(multipartBody(fileField(bytes)));
    expect((await downloadContent(ann, file)).equals(bytes), JSON.stringify(text)).toBe(true);
  }
});

test("[FL1] a large file is streamed to R2 and charged exactly", async () => {
  const bob = await createUser("bob");
  const { charged, rows, objects } = await fileUsageOf(bob);
  for (const size of [8 * 1024 * 1024 - 1000, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 17_000_000]) {
    const bytes = binaryBytes(size);
    const { status, body } = await sendForm(bob, multipartBody(fileField(bytes)));
    expect(status).toBe(201);
    expect(body).toMatchObject({ sizeBytes: size, sha256: sha256(bytes) });
    expect((await downloadContent(bob, body)).equals(bytes)).toBe(true);
    expect(await fileUsageOf(bob)).toEqual({
      charged: charged + size,
      chargedTo: size,
      rows: rows + 1,
      objects: objects + 1,
    });
    await bob.call("DELETE", `/v1/files/${body.id}`);
  }
});

test.each([
  ["a.txt", "a.txt"],
  ["C:\\Users\\ann\\a.txt", "a.txt"],
  ["../../etc/passwd", "passwd"],
  ["/a/b c.txt", "b c.txt"],
  ["hällo 🎉.txt", "hällo 🎉.txt"],
  ["q%22uote.txt", 'q"uote.txt'],
  ['q\\"uote.txt', 'q"uote.txt'],
  ["semi;colon=.txt", "semi;colon=.txt"],
  ["50%.txt", "50%.txt"],
  ["5／10 議事録.csv", "5／10 議事録.csv"],
  ["\u200e重要＼メモ.txt", "重要＼メモ.txt"],
  ["gpj.\u202eexe", "gpj.exe"],
])("[FL4] a browser's name %j is %j", async (name, expected) => {
  expect(await acceptedForm(multipartBody(fileField("x", name)))).toMatchObject({ name: expected });
});

test("[FL4] a name by RFC 8187 is decoded; one in the query takes precedence", async () => {
  const encoded = multipartBody(formField("name=\"file\"; filename*=UTF-8''na%C3%AFve.txt", "x"));
  expect(await acceptedForm(encoded)).toMatchObject({ name: "naïve.txt" });
  expect(await acceptedForm(encoded, { query: "?name=b.txt" })).toMatchObject({ name: "b.txt" });
  const nameless = multipartBody(formField('name="file"', "x"));
  expect(await acceptedForm(nameless, { query: "?name=b.txt" })).toMatchObject({ name: "b.txt" });
  expect((await sendForm(ann, nameless)).body).toMatchObject({ issues: [{ path: "name" }] });
});

test.each([
  ["nothing", ""],
  ["blank", " "],
  ["a path alone", "a/"],
  ["..", ".."],
  ["long", "x".repeat(256)],
  ["nothing that can be seen", "\u200b\u202e"],
  ["a control character", "a\u0001b"],
  ["another line", "a%0d%0aSet-Cookie: x\u0000"],
  ["bytes that are not UTF-8", "a\ufffd.txt"],
])("[FL4] a file of a form without a valid name is rejected: %s", async (_name, name) => {
  expect(await sendForm(ann, multipartBody(fileField("x", name)))).toMatchObject({
    status: 400,
    body: { code: "validation_failed", issues: [{ path: "name" }] },
  });
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL4] the bytes of a form's file name are UTF-8", async () => {
  const disposition = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a`),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('.txt"\r\n\r\nx\r\n'),
  ]);
  expect(await sendForm(ann, multipartBody(disposition))).toMatchObject({
    status: 400,
    body: { code: "validation_failed", issues: [{ path: "name" }] },
  });
});

const file = fileField(binaryBytes(200_000));
const small = fileField("x");
const other = formField('name="caption"', "hello");
test.each([
  ["no field at all", multipartBody()],
  ["another field alone", multipartBody(other)],
  ["another field first", multipartBody(other, file)],
  ["another field behind", multipartBody(file, other)],
  ["another field behind a small file", multipartBody(small, other)],
  ["two files", multipartBody(file, file)],
  ["two small files", multipartBody(small, small)],
  ["a thousand files", multipartBody(...Array.from({ length: 1000 }, () => small))],
  ["a file under another name", multipartBody(formField('name="upload"; filename="a"', "x"))],
  ["an empty file", multipartBody(fileField(""))],
  ["cut in the file", multipartBody(file).subarray(0, 100_000)],
  ["cut in a small file", multipartBody(small).subarray(0, -20)],
  ["cut in the headers", multipartBody(small).subarray(0, 60)],
  ["cut in the last line", multipartBody(file).subarray(0, -6)],
  ["no line", Buffer.from("hello")],
  ["only the last line", multipartBody()],
  ["headers without end", multipartBody(formField(`name="file"; x="${"y".repeat(100_000)}"`, "x"))],
  ["a thousand headers", multipartBody(formField(`name="file"\r\n${"X-A: b\r\n".repeat(1000)}X-A: b`, "x"))],
  ["no disposition", Buffer.from("------parley0123456789\r\n\r\nx\r\n------parley0123456789--\r\n")],
])("[FL1] a form must be one whole file: %s is rejected and leaves nothing", async (_name, form) => {
  const { status, body } = await sendForm(ann, form as Uint8Array<ArrayBuffer>);
  expect(status, JSON.stringify(body)).toBe(400);
  expect(body).toMatchObject({ code: "validation_failed" });
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL1] a form without a boundary or with an invalid one is rejected", async () => {
  for (const type of [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    `multipart/form-data; boundary=${"x".repeat(10_000)}`,
    "multipart/form-data; boundary=other",
    "multipart/form-data; charset=utf-8",
  ])
    expect(
      await sendForm(ann, multipartBody(small), { headers: { "Content-Type": type } }),
      type,
    ).toMatchObject({
      status: 400,
      body: { code: "validation_failed" },
    });
  // Any other media type is a file.
  const mixed = multipartType.replace("form-data", "mixed");
  await acceptedForm(multipartBody(small), { query: "?name=a", headers: { "Content-Type": mixed } });
  await acceptedForm(multipartBody(small), {
    headers: { "Content-Type": multipartType.replace("multipart/form", "Multipart/FORM") },
  });
});

test("[FL1] a form's hash is that of its file, its `Content-Digest` of the form", async () => {
  const form = multipartBody(fileField("hello"));
  await acceptedForm(form, { query: `?sha256=${sha256("hello")}` });
  const wrong = await sendForm(ann, form, { query: `?sha256=${sha256("hallo")}` });
  expect(wrong).toMatchObject({ status: 400, body: { issues: [{ path: "sha256" }] } });
  const large = multipartBody(fileField(binaryBytes(9 * 1024 * 1024)));
  const wrongLarge = await sendForm(ann, large, { query: `?sha256=${sha256("hallo")}` });
  expect(wrongLarge).toMatchObject({ status: 400, body: { issues: [{ path: "sha256" }] } });
  const digest = `sha-256=:${Buffer.from(sha256(form), "hex").toString("base64")}:`;
  await acceptedForm(form, { headers: { "Content-Digest": digest } });
});

test("[FL1] [FL2] a form too large, without length or mistyped is rejected", async () => {
  expect(await sendForm(ann, streamOf([multipartBody(small)]))).toMatchObject({ status: 411 });
  const lie = await sendForm(ann, multipartBody(fileField("text", "a.png", "image/png")));
  expect(lie).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
  expect(await fileUsageOf(ann)).toEqual(before);
  setWorkerConfig({ FILE_BODY_MAX_BYTES: 1000 });
  expect(await sendForm(ann, multipartBody(file))).toMatchObject({ status: 413 });
  expect(await fileUsageOf(ann)).toEqual(before);
});
