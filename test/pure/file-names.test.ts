import { expect, test } from "vitest";
import { contentHeaders } from "../../src/features/files/content/headers.ts";
import { FileName } from "../../src/protocol/index.ts";

const file = {
  id: "fil_0",
  uploaderId: "usr_0",
  key: "k",
  name: "a.txt",
  sizeBytes: 1,
  type: "text/plain",
  sha256: "0".repeat(64),
  width: null,
  height: null,
  createdAt: 0,
};
const disposition = (name: string, type = "text/plain") =>
  contentHeaders({ ...file, name, type })["Content-Disposition"];

test.each([
  "",
  " ",
  ".",
  "..",
  "a/b",
  "a\\b",
  "../../etc/passwd",
  "C:\\x",
  "a\u0000b",
  "a\r\nSet-Cookie: x",
  "a\u001b[0m",
  "a\u007f",
  "a\u0085",
  "a\u2028b",
  "\ud800",
  "x".repeat(256),
])("[FL4] %j is no name", (name) => {
  expect(FileName.safeParse(name).success).toBe(false);
});

test.each([
  "a",
  "hällo 🎉.txt",
  "x".repeat(255),
  "🎉".repeat(255),
  "تقرير.pdf",
  "50%.txt",
  "a%2f.txt",
  'q"uote\u0027s;.txt',
])("[FL4] [FL5] %j is a name, and stays one within its header", (name) => {
  expect(FileName.parse(name)).toBe(name);
  const header = disposition(name);
  expect(header).toMatch(/^attachment; filename=/);
  expect(header).toMatch(/^[\x20-\x7e]+$/);
  const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(header ?? "") ?? [];
  if (encoded !== undefined) expect(decodeURIComponent(encoded)).toBe(name);
});

test("[FL5] only raster pictures, sound and film are shown; whatever is, it runs nothing", () => {
  for (const type of [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "audio/mpeg",
    "video/mp4",
  ])
    expect(disposition("a", type)).toBe("inline; filename=a");
  for (const type of [
    "text/plain",
    "text/csv",
    "application/pdf",
    "image/svg+xml",
    "image/tiff",
    "application/json",
    "application/octet-stream",
    "font/woff2",
  ])
    expect(disposition("a", type)).toBe("attachment; filename=a");
  expect(contentHeaders(file)).toMatchObject({
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
  });
});
