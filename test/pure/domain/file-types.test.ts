import { describe, expect, test } from "vitest";
import { configOf } from "../../../src/config.ts";
import { sniff } from "../../../src/features/files/types/sniff.ts";
import type { DeclaredType } from "../../../src/features/files/types/text-encoding.ts";
import { decideType } from "../../../src/features/files/types/decide-type.ts";
import { detectType } from "../../../src/features/files/types/detect-type.ts";
import { compoundFile } from "../../support/compound-file.ts";
import {
  avif,
  box,
  bytes,
  frame,
  gif,
  ispe,
  jpeg,
  png,
  u16,
  u32,
  webp,
} from "../../support/image-headers.ts";

const rules = configOf({ JWT_SIGNING_KEY: "x", REFRESH_TOKEN_KEY: "x".repeat(43) } as unknown as Env);
const elf = bytes([0x7f], "ELF", [2, 1, 1, 0, 0, 0]);
const headBytes = 128 * 1024;

/** Detects a file's type as an upload does: by its first bytes, then by all of it. */
async function is(file: Uint8Array, claim?: string | DeclaredType) {
  const first = { head: file.subarray(0, headBytes), whole: file.length <= headBytes };
  const typed = await detectType(first, typeof claim === "string" ? { type: claim } : (claim ?? {}), rules);
  for (let at = 0; at < file.length; at += 60_000) typed.inspect(file.subarray(at, at + 60_000));
  return typed.kind();
}
const rejection = (file: Uint8Array, claim?: string | DeclaredType) =>
  is(file, claim).then(
    ({ type }) => type,
    (error: { code: string }) => error.code,
  );
const asText = (type: string, charset: string | undefined) => ({ type, charset });

describe("pictures", () => {
  test.each([
    ["image/png", png(640, 480)],
    ["image/gif", gif(640, 480)],
    ["image/jpeg", jpeg(frame(640, 480))],
    ["image/webp", webp(640, 480)],
    ["image/avif", avif(ispe(640, 480))],
  ])("[FL2] [FL3] %s has the size of its header, under any declared type", async (type, head) => {
    const found = { type, size: { width: 640, height: 480 } };
    for (const claimed of [
      undefined,
      "image/bmp",
      "text/html",
      "image/tiff",
      "application/pdf",
      "video/x-flv",
    ])
      expect(await is(head, claimed)).toEqual(found);
    for (const claimed of ["video/mp4", "audio/mpeg"])
      expect(await rejection(head, claimed)).toBe("unsupported_media_type");
    for (let length = 0; length < head.length; length++) {
      const short = await is(head.subarray(0, length)).then(({ size }) => size);
      expect(short ?? found.size, `cut at ${length}`).toEqual(found.size);
    }
  });

  test.each([
    ["png", png(60_000, 60_000)],
    ["gif", gif(65_535, 65_535)],
    ["jpeg", jpeg(frame(65_500, 65_500))],
    ["webp", webp(16_000, 16_000)],
    ["avif", avif(ispe(60_000, 60_000))],
  ])("[FL3] a %s of more than 100 megapixels is rejected", async (_name, head) => {
    expect(await rejection(head)).toBe("payload_too_large");
  });

  test("[FL3] a second size in a header does not hide the first", async () => {
    expect(await rejection(avif(ispe(1, 1), ispe(60_000, 60_000)))).toBe("payload_too_large");
    // Fill bytes, which decoders skip, and after them what a search would find.
    const decoy = jpeg([0xff, ...frame(65_500, 65_500)], frame(1, 1));
    for (const claimed of ["image/jpeg", undefined])
      expect(await rejection(decoy, claimed)).toBe("payload_too_large");
  });

  test("[FL3] a rotated one has the width that is shown", async () => {
    const tiff = [0x4d, 0x4d, 0, 42, ...u32(8), 0, 1, 0x01, 0x12, 0, 3, ...u32(1), 0, 6, 0, 0, ...u32(0)];
    const exif = [0xff, 0xe1, ...u16(8 + tiff.length), ...Buffer.from("Exif"), 0, 0, ...tiff];
    expect(await is(jpeg(exif, frame(640, 480)))).toMatchObject({ size: { width: 480, height: 640 } });
  });

  test("[FL2] [FL3] one that can't be measured keeps its type, without a size", async () => {
    for (const [type, head] of [
      ["image/gif", gif(0, 0)],
      ["image/jpeg", jpeg()],
      ["image/tiff", bytes("II", [42, 0, 0, 0, 16, 0], "\u0000".repeat(40))],
      ["image/vnd.dwg", bytes("AC1032", "\u0000".repeat(40))],
    ] as const)
      for (const claimed of [type, "image/png", undefined])
        expect(await is(head, claimed), type).toMatchObject({ type, size: undefined });
  });

  test("[FL2] a declared type for unknown bytes is accepted", async () => {
    for (const claimed of ["image/png", "image/x-dds", "image/x-exr", "image/emf", "audio/mpeg", "video/mp4"])
      expect(await is(bytes([1, 2, 3, 250, 251]), claimed)).toMatchObject({
        type: "application/octet-stream",
      });
  });

  const profile = (count: number) =>
    Array.from({ length: count }, () => [
      0xff,
      0xe2,
      0xff,
      0xff,
      ...Array.from({ length: 65_533 }, () => 0xab),
    ]);
  test("[FL3] a JPEG is measured after profiles of any size, with its rotation", async () => {
    const tiff = [0x4d, 0x4d, 0, 42, ...u32(8), 0, 1, 0x01, 0x12, 0, 3, ...u32(1), 0, 6, 0, 0, ...u32(0)];
    const exif = [0xff, 0xe1, ...u16(8 + tiff.length), ...Buffer.from("Exif"), 0, 0, ...tiff];
    for (const count of [1, 2, 3, 5]) {
      const press = jpeg(exif, ...profile(count), frame(640, 480));
      expect(await is(press, "image/jpeg")).toEqual({
        type: "image/jpeg",
        size: { width: 480, height: 640 },
      });
    }
    const bomb = jpeg(...profile(3), frame(65_500, 65_500));
    expect(await rejection(bomb, "image/jpeg")).toBe("payload_too_large");
  });

  test("[FL3] AVIF with a large profile or animation and HEIF sequences are pictures", async () => {
    const profiled = Buffer.concat([avif(box("colr", "\u0000".repeat(100_000)), ispe(640, 480))]);
    expect(await is(profiled, "image/avif")).toEqual({
      type: "image/avif",
      size: { width: 640, height: 480 },
    });
    const track = bytes("\u0000".repeat(76), u16(640), [0, 0], u16(480), [0, 0]);
    for (const [brand, type] of [
      ["avis", "image/avif"],
      ["msf1", "image/heif-sequence"],
      ["hevc", "image/heic-sequence"],
    ] as const) {
      const moving = Buffer.concat([
        box("ftyp", brand, u32(0), brand),
        box("moov", box("trak", box("tkhd", track))),
      ]);
      expect(await is(moving, type)).toEqual({ type, size: { width: 640, height: 480 } });
    }
    const far = avif(box("colr", "\u0000".repeat(300_000)), ispe(640, 480));
    expect(await is(far, "image/avif")).toEqual({ type: "image/avif", size: undefined });
  });
});

test("[FL2] types that the library needs more bytes for are detected by signature", async () => {
  const far = (...head: (string | number[])[]) => bytes(...head, "\u0000".repeat(200_000));
  for (const [type, file] of [
    ["image/tiff", far("II", [42, 0, 0, 0, 16, 0])],
    ["image/tiff", far("MM", [0, 42, 0, 16, 0, 0])],
    ["image/tiff", far("II", [43, 0, 8, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0])],
    ["image/png", far([...png(640, 480)].slice(0, 33) as unknown as number[], u32(500_000), "iCCP")],
    ["audio/mpeg", far("ID3", [4, 0, 0, 0, 31, 0, 0], "APIC")],
    [
      "application/vnd.ms-asf",
      far([...Buffer.from("3026b2758e66cf11a6d900aa0062ce6c", "hex")], [0, 0, 9, 0, 0, 0, 0, 0]),
    ],
  ] as const)
    for (const claimed of [type, undefined]) expect(await rejection(file, claimed)).toBe(type);
});

describe("audio and video", () => {
  const wave = (form: string) => bytes(form, [255, 255, 255, 255], "WAVEds64", "\u0000".repeat(40));
  const mp3 = bytes([0xff, 0xfb, 0x90, 0x64], "\u0000".repeat(413), [0xff, 0xfb, 0x90, 0x64]);
  test.each([
    ["audio/wav", wave("RIFF")],
    ["audio/wav", wave("RF64")],
    ["audio/wav", wave("BW64")],
    ["audio/basic", bytes(".snd", u32(24), u32(8), u32(1), u32(8_000), u32(1))],
    ["audio/mpeg", mp3],
    ["audio/mpeg", bytes("\u0000".repeat(5_000), [...mp3])],
    ["audio/mpeg", bytes("ID3", [3, 0, 0, 0, 0, 0, 10], "\u0000".repeat(10), [...mp3])],
    ["video/quicktime", bytes(u32(2_000), "moov", u32(100), "mvhd")],
    ["video/quicktime", bytes(u32(2_000), "mdat", u32(100), [200, 201])],
    ["video/quicktime", bytes(u32(8), "wide", u32(100), "mdat")],
    ["video/quicktime", bytes(u32(100), "skip", u32(0))],
    ["video/quicktime", bytes(u32(20), "pnot", u32(0))],
  ])("[FL2] %s is detected by its bytes, including old forms and padding", async (type, file) => {
    expect(await rejection(file, type)).toBe(type);
    expect(await rejection(file, type.replace(/^audio.*/, "audio/x-unknown"))).toBe(type);
    expect(await rejection(file, "image/png")).toBe(
      file[0] === 0 && type === "audio/mpeg" ? "application/octet-stream" : "unsupported_media_type",
    );
  });
});

describe("text", () => {
  test.each([
    "<html><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "#!/bin/sh\nls",
    "GIF89a/*  */=1;alert(1)",
    "BMW",
    "MZ",
    "MAC address",
    "<?xml version='1.0'?>",
    "\ufeffdéjà vu 🎉",
    "a\tb\r\nc\u001b[0m",
  ])("[FL2] [FL5] %j is plain text, and no picture", async (text) => {
    const head = Buffer.from(text);
    for (const claimed of [
      undefined,
      "text/html",
      "image/svg+xml",
      "application/pdf",
      "application/zip",
      "audio/x-mod",
      "application/vnd.apple.keynote",
      "application/vnd.apple.mpegurl",
      "audio/x-mpegurl",
      "image/vnd.dxf",
      "application/vnd.oasis.opendocument.text",
      "application/x-font-bdf",
      "image/x-portable-pixmap",
      "text/x-ssa",
      "video/mp2t",
      "application/x-msdownload",
      "font/woff2",
    ])
      expect(await is(head, claimed), claimed).toMatchObject(asText("text/plain", "utf-8"));
    for (const claimed of ["image/png", "audio/mpeg", "video/mp4"])
      expect(await rejection(head, claimed)).toBe("unsupported_media_type");
  });

  test("[FL2] three inert text types keep their type; TypeScript is no video", async () => {
    for (const type of ["text/csv", "text/markdown", "application/json"])
      expect(await rejection(bytes("a,b"), type)).toBe(type);
    expect(await rejection(bytes("export {}"), "video/mp2t")).toBe("text/plain");
  });

  test("[FL2] a character cut by the head is text, one cut by the file's end is not", async () => {
    const half = Buffer.from("aé").subarray(0, 2);
    expect(await sniff({ head: half, whole: false }, {})).toEqual({ is: "text", charset: "utf-8" });
    expect(await sniff({ head: half, whole: true }, {})).toEqual({ is: "unknown" });
    expect(await sniff({ head: bytes("a\u0000b"), whole: true }, {})).toEqual({ is: "unknown" });
  });

  const japanese = bytes([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0x0d, 0x0a]);
  const chinese = bytes([0xd6, 0xd0, 0xce, 0xc4, 0x0a]);
  const latin = bytes("Stra", [0xdf], "e; caf", [0xe9], "\r\n");
  const wide = Buffer.from("\ufeffname;größe\r\n", "utf16le");
  test.each([
    ["Shift-JIS", japanese, { type: "text/csv", charset: "shift_jis" }, asText("text/csv", "shift_jis")],
    ["GBK", chinese, { type: "text/plain", charset: "gbk" }, asText("text/plain", "gbk")],
    ["Latin-1", latin, { type: "text/html", charset: "windows-1252" }, asText("text/plain", "windows-1252")],
    ["one that is not said", latin, { type: "text/x-log" }, asText("text/plain", undefined)],
    ["one that it is not", latin, { type: "text/plain", charset: "utf-8" }, asText("text/plain", undefined)],
    ["JSON in Latin-1", latin, { type: "application/json" }, asText("text/plain", undefined)],
    ["UTF-16 by its mark", wide, {}, asText("text/plain", "utf-16le")],
    [
      "UTF-16 by its mark, as something else",
      wide,
      { type: "audio/x-mod" },
      asText("text/plain", "utf-16le"),
    ],
    [
      "UTF-16 of the other order",
      Buffer.from(wide).swap16(),
      { type: "text/csv" },
      asText("text/csv", "utf-16be"),
    ],
    [
      "UTF-16 by its claim",
      wide.subarray(2),
      { type: "text/plain", charset: "utf-16le" },
      asText("text/plain", "utf-16le"),
    ],
    [
      "ISO-2022-JP",
      bytes("\u001b$BF|K\\\u001b(B"),
      { type: "text/plain", charset: "iso-2022-jp" },
      asText("text/plain", "iso-2022-jp"),
    ],
    ["Latin-1 without a claim", latin, {}, { type: "application/octet-stream", charset: undefined }],
    [
      "binary called text",
      bytes([1, 2, 0, 255]),
      { type: "text/plain" },
      { type: "application/octet-stream", charset: undefined },
    ],
    [
      "binary behind a mark",
      bytes([255, 254, 1, 0, 2, 0]),
      {},
      { type: "application/octet-stream", charset: undefined },
    ],
  ])("[FL2] a text keeps its encoding: %s", async (_name, file, claim, kind) => {
    expect(await is(file, claim)).toMatchObject(kind);
  });
});

const littleEndian = (value: number): number[] => [...u32(value)].reverse();

describe("other bytes", () => {
  test.each([
    ["PE", bytes("MZ", [0x90, 0, 3, 0])],
    ["ELF", elf],
    ["Mach-O", bytes([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1])],
    ["fat Mach-O or Java", bytes([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0])],
    ["dex", bytes("dex\n035\u0000")],
    ["WebAssembly", bytes([0], "asm", [1, 0, 0, 0])],
    ["Flash", bytes("CWS", [9, 0, 0, 0])],
    ["msi", compoundFile({ rootClass: "84100c0000000000c000000000000046" })],
    ["msp", compoundFile({ rootClass: "86100c0000000000c000000000000046" })],
    [
      "msi whose directory is far",
      compoundFile({ rootClass: "84100c0000000000c000000000000046", directoryAt: 5_000 }),
    ],
    ["msi by its tables", compoundFile({ streams: ["\u4840\u3f3f\u4577"] })],
    ["deb", bytes("!<arch>\ndebian-binary   ", [0])],
    ["rpm", bytes([0xed, 0xab, 0xee, 0xdb, 3, 0])],
    ["xar", bytes("xar!", [0, 0x1c])],
    ["lnk", bytes([0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46])],
  ])("[FL3] an executable is rejected under any declared type: %s", async (_name, head) => {
    for (const claimed of [undefined, "application/octet-stream", "image/png", "text/plain"])
      expect(await rejection(head, claimed)).toBe("unsupported_media_type");
  });

  const entry = (name: string, content: string) =>
    bytes(
      "PK\u0003\u0004",
      [20, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      u32(0),
      ...[content.length, content.length].map(littleEndian),
      [name.length, 0, 0, 0],
      name,
      content,
    );
  const zip = (...names: string[]) =>
    Buffer.concat([...names.map((name) => entry(name, "x")), bytes("PK\u0001\u0002")]);
  test.each([
    ["doc", compoundFile({ streams: ["WordDocument"] }), "application/msword"],
    ["xls", compoundFile({ streams: ["Workbook"] }), "application/vnd.ms-excel"],
    ["old xls", compoundFile({ streams: ["Book"] }), "application/vnd.ms-excel"],
    ["ppt", compoundFile({ streams: ["Pictures", "PowerPoint Document"] }), "application/vnd.ms-powerpoint"],
    [
      "ppt whose directory is far",
      compoundFile({ streams: ["PowerPoint Document"], directoryAt: 5_000 }),
      "application/vnd.ms-powerpoint",
    ],
    ["msg", compoundFile({ streams: ["__properties_version1.0"] }), "application/vnd.ms-outlook"],
    [
      "a workbook with a password",
      compoundFile({ streams: ["EncryptionInfo", "EncryptedPackage"] }),
      "application/x-cfb",
    ],
    ["hwp", compoundFile({ streams: ["FileHeader"] }), "application/x-cfb"],
    ["cut off", bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]), "application/x-cfb"],
    ["sqlite", bytes("SQLite format 3\u0000", [16, 0]), "application/x-sqlite3"],
    ["parquet", bytes("PAR1", [21, 0, 21]), "application/vnd.apache.parquet"],
    ["pcap", bytes([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]), "application/vnd.tcpdump.pcap"],
    ["cpio", bytes([0xc7, 0x71, 1, 2, 3, 4]), "application/x-cpio"],
    ["cab", bytes("MSCF", [0, 0, 0, 0]), "application/vnd.ms-cab-compressed"],
    [
      "mobi",
      bytes("name", "\u0000".repeat(56), "BOOKMOBI", "\u0000".repeat(20)),
      "application/x-mobipocket-ebook",
    ],
    ["a zip with a manifest", zip("META-INF/MANIFEST.MF", "a.txt"), "application/zip"],
    ["a zip with classes.dex", zip("a.txt", "classes.dex"), "application/zip"],
    ["an empty zip", bytes("PK\u0005\u0006", "\u0000".repeat(18)), "application/zip"],
    ["unknown", bytes([1, 2, 3, 250, 251]), "application/octet-stream"],
  ])("[FL2] [FL3] a document is accepted under any declared type: %s", async (_name, file, type) => {
    for (const claimed of [
      undefined,
      "application/octet-stream",
      "text/html",
      "application/pdf",
      "font/woff2",
      "application/zip",
      "image/tiff",
    ])
      expect(await rejection(file, claimed), claimed).toBe(type);
    for (const claimed of ["image/png", "video/mp4"])
      expect(await rejection(file, claimed)).toBe(
        type === "application/octet-stream" ? type : "unsupported_media_type",
      );
  });

  test("[FL2] [FL5] a ZIP declared as a picture is a ZIP", async () => {
    for (const type of ["image/png", "audio/mpeg", "text/html"]) {
      const file = entry("mimetype", type);
      expect(await rejection(file)).toBe("application/zip");
    }
  });

  test("[FL2] a container is audio or video as declared", () => {
    const film = { is: "type", type: "video/webm" } as const;
    expect(decideType(film, "audio/webm")).toBe("audio/webm");
    expect(decideType(film, "audio/mpeg")).toBe("video/webm");
    expect(decideType(film, undefined)).toBe("video/webm");
    expect(decideType({ is: "type", type: "application/ogg" }, "audio/ogg")).toBe("audio/ogg");
    expect(() => decideType(film, "image/gif")).toThrow();
  });

  test("[FL3] a gzip bomb is not unpacked", async () => {
    expect(await rejection(bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], "\u0000".repeat(1000)))).toBe(
      "application/gzip",
    );
  });
});
