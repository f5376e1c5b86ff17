import { beforeAll, beforeEach, expect, test } from "vitest";
import { type Person, person } from "../../support/worker/cast.ts";
import { field, fileField, formOf, formType, sendForm } from "../../support/worker/forms.ts";
import { contentFor, noise, sha256, standOf, streamOf } from "../../support/worker/uploads.ts";
import { withVars } from "../../support/worker/vars.ts";

let ann: Person;
let before: unknown;
beforeAll(async () => {
  ann = await person("ann");
});
beforeEach(async () => {
  before = await standOf(ann);
});

async function taken(...sent: Parameters<typeof sendForm> extends [unknown, ...infer Rest] ? Rest : never) {
  const { status, body, text } = await sendForm(ann, ...sent);
  expect(status, text).toBe(201);
  return body as { id: string; name: string; type: string; sizeBytes: number; sha256: string };
}

test.each([
  ["one byte", 1],
  ["as much as is looked at", 128 * 1024],
  ["a byte more", 128 * 1024 + 1],
  ["some chunks", 700_001],
])("[FL1] the file of a form is as it was sent: %s", async (_name, size) => {
  const bytes = noise(size);
  const file = await taken(formOf(fileField(bytes)));
  expect(file).toMatchObject({ name: "a.bin", sizeBytes: size, sha256: sha256(bytes) });
  expect((await contentFor(ann, file)).equals(bytes)).toBe(true);
});

test("[FL1] so are files that hold lines like those between fields, and ones that end like them", async () => {
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
    const file = await taken(formOf(fileField(bytes)));
    expect((await contentFor(ann, file)).equals(bytes), JSON.stringify(text)).toBe(true);
  }
});

test("[FL1] more than fits into memory goes to R2 in parts, and takes up what it has and no more", async () => {
  const bob = await person("bob");
  const { charged, rows, objects } = await standOf(bob);
  for (const size of [8 * 1024 * 1024 - 1000, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 17_000_000]) {
    const bytes = noise(size);
    const { status, body } = await sendForm(bob, formOf(fileField(bytes)));
    expect(status).toBe(201);
    expect(body).toMatchObject({ sizeBytes: size, sha256: sha256(bytes) });
    expect((await contentFor(bob, body)).equals(bytes)).toBe(true);
    expect(await standOf(bob)).toEqual({
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
])("[FL4] a browser's name %j is %j", async (name, expected) => {
  expect(await taken(formOf(fileField("x", name)))).toMatchObject({ name: expected });
});

test("[FL4] a name by RFC 8187 is understood, one in the query takes its place", async () => {
  const encoded = formOf(field("name=\"file\"; filename*=UTF-8''na%C3%AFve.txt", "x"));
  expect(await taken(encoded)).toMatchObject({ name: "naïve.txt" });
  expect(await taken(encoded, { query: "?name=b.txt" })).toMatchObject({ name: "b.txt" });
  const nameless = formOf(field('name="file"', "x"));
  expect(await taken(nameless, { query: "?name=b.txt" })).toMatchObject({ name: "b.txt" });
  expect((await sendForm(ann, nameless)).body).toMatchObject({ issues: [{ path: "name" }] });
});

test.each([
  ["nothing", ""],
  ["blank", " "],
  ["a path alone", "a/"],
  ["..", ".."],
  ["long", "x".repeat(256)],
  ["what shows nothing", "\u200b"],
  ["a control character", "a\u0001b"],
  ["another line", "a%0d%0aSet-Cookie: x\u0000"],
])("[FL4] a file of a form whose name is none is refused: %s", async (_name, name) => {
  expect(await sendForm(ann, formOf(fileField("x", name)))).toMatchObject({
    status: 400,
    body: { code: "validation_failed", issues: [{ path: "name" }] },
  });
  expect(await standOf(ann)).toEqual(before);
});

const file = fileField(noise(200_000));
const small = fileField("x");
const other = field('name="caption"', "hello");
test.each([
  ["no field at all", formOf()],
  ["another field alone", formOf(other)],
  ["another field first", formOf(other, file)],
  ["another field behind", formOf(file, other)],
  ["another field behind a small file", formOf(small, other)],
  ["two files", formOf(file, file)],
  ["two small files", formOf(small, small)],
  ["a thousand files", formOf(...Array.from({ length: 1000 }, () => small))],
  ["a file under another name", formOf(field('name="upload"; filename="a"', "x"))],
  ["an empty file", formOf(fileField(""))],
  ["cut in the file", formOf(file).subarray(0, 100_000)],
  ["cut in a small file", formOf(small).subarray(0, -20)],
  ["cut in the headers", formOf(small).subarray(0, 60)],
  ["cut in the last line", formOf(file).subarray(0, -6)],
  ["no line", Buffer.from("hello")],
  ["only the last line", formOf()],
  ["headers without end", formOf(field(`name="file"; x="${"y".repeat(100_000)}"`, "x"))],
  ["a thousand headers", formOf(field(`name="file"\r\n${"X-A: b\r\n".repeat(1000)}X-A: b`, "x"))],
  ["no disposition", Buffer.from("------parley0123456789\r\n\r\nx\r\n------parley0123456789--\r\n")],
])("[FL1] a form is one file, whole: %s is refused, and nothing is left", async (_name, form) => {
  const { status, body } = await sendForm(ann, form as Uint8Array<ArrayBuffer>);
  expect(status, JSON.stringify(body)).toBe(400);
  expect(body).toMatchObject({ code: "validation_failed" });
  expect(await standOf(ann)).toEqual(before);
});

test("[FL1] a form without a boundary, or with a strange one, is refused", async () => {
  for (const type of [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    `multipart/form-data; boundary=${"x".repeat(10_000)}`,
    "multipart/form-data; boundary=other",
    "multipart/form-data; charset=utf-8",
  ])
    expect(await sendForm(ann, formOf(small), { headers: { "Content-Type": type } }), type).toMatchObject({
      status: 400,
      body: { code: "validation_failed" },
    });
  // What is no form is a file.
  const mixed = formType.replace("form-data", "mixed");
  await taken(formOf(small), { query: "?name=a", headers: { "Content-Type": mixed } });
  await taken(formOf(small), {
    headers: { "Content-Type": formType.replace("multipart/form", "Multipart/FORM") },
  });
});

test("[FL1] what a form says of its hash counts, what its `Content-Digest` says is about the form", async () => {
  const form = formOf(fileField("hello"));
  await taken(form, { query: `?sha256=${sha256("hello")}` });
  const wrong = await sendForm(ann, form, { query: `?sha256=${sha256("hallo")}` });
  expect(wrong).toMatchObject({ status: 400, body: { issues: [{ path: "sha256" }] } });
  const large = formOf(fileField(noise(9 * 1024 * 1024)));
  const wrongLarge = await sendForm(ann, large, { query: `?sha256=${sha256("hallo")}` });
  expect(wrongLarge).toMatchObject({ status: 400, body: { issues: [{ path: "sha256" }] } });
  const digest = `sha-256=:${Buffer.from(sha256(form), "hex").toString("base64")}:`;
  await taken(form, { headers: { "Content-Digest": digest } });
});

test("[FL1] [FL2] a form too large, of no said length, or with a lie in it is refused as a body is", async () => {
  expect(await sendForm(ann, streamOf([formOf(small)]))).toMatchObject({ status: 411 });
  const lie = await sendForm(ann, formOf(fileField("text", "a.png", "image/png")));
  expect(lie).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
  expect(await standOf(ann)).toEqual(before);
  withVars({ FILE_BODY_MAX_BYTES: 1000 });
  expect(await sendForm(ann, formOf(file))).toMatchObject({ status: 413 });
  expect(await standOf(ann)).toEqual(before);
});
