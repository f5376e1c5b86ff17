import { expect, test } from "vitest";
import { contentHeaders } from "../../../src/features/files/content/content-headers.ts";
import { FileName } from "../../../src/protocol/index.ts";

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
const disposition = (name: string, type = "text/plain", width: number | null = 1) =>
  contentHeaders({ ...file, name, type, width, height: width })["Content-Disposition"];

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
  "\u200b",
  "\u3164\u00ad",
  "\u2800",
  "\u200d\ufe0f",
  "\u202e.\u202c",
  "\ud800",
  "x".repeat(256),
])("[FL4] %j is not a valid name", (name) => {
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
  "5／10 議事録.csv",
  "重要＼メモ.txt",
  "（案）①資料 x².txt",
  "ﾃｽﾄ.txt",
  "ﬁle ℹ️.txt",
  "👨‍👩‍👧 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}.png",
  "نامه‌ها.pdf",
  "葛\u{e0100}城.txt",
])("[FL4] [FL5] %j is a name, and remains one in its header", (name) => {
  expect(FileName.parse(name)).toBe(name);
  const header = disposition(name);
  expect(header).toMatch(/^attachment; filename=/);
  expect(header).toMatch(/^[\x20-\x7e]+$/);
  const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(header ?? "") ?? [];
  if (encoded !== undefined) expect(decodeURIComponent(encoded)).toBe(name);
});

test.each([
  ["\u200eWhatsApp Image 2026-11-28.jpeg", "WhatsApp Image 2026-11-28.jpeg"],
  ["a\u200fb\u061c.txt", "ab.txt"],
  ["jpg.\u202egnp.exe", "jpg.gnp.exe"],
  ["a\u2066b\u2069.png", "ab.png"],
  ["\ufeffa.html", "a.html"],
  ["a\u200b\u2060\u00ad.png", "a.png"],
  ["a\u{e0041}\u{e007f}.png", "a.png"],
  ["a\u200d.png\u200c", "a.png"],
  ["\ufe0fa \u200d b", "a  b"],
  ["e\u0301.txt", "é.txt"],
  [" a.txt\u3000", "a.txt"],
  ["\u{1f3f4}\u{e0067}a\u{e0067}", "\u{1f3f4}a"],
])("[FL4] of %j only the visible part is kept", (name, shown) => {
  expect(FileName.parse(name)).toBe(shown);
  expect(FileName.parse(shown)).toBe(shown);
});

test("[FL5] only raster images, audio and video are inline, and never run code", () => {
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
  // A picture of unknown size could be arbitrarily large.
  expect(disposition("a", "image/png", null)).toBe("attachment; filename=a");
  expect(disposition("a", "audio/mpeg", null)).toBe("inline; filename=a");
  expect(contentHeaders({ ...file, type: "text/plain; charset=shift_jis" })).toMatchObject({
    "Content-Type": "text/plain; charset=shift_jis",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
  });
});
