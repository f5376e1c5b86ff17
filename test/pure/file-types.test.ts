import { describe, expect, test } from "vitest";
import { configOf } from "../../src/config.ts";
import { sniff } from "../../src/features/files/types/sniff.ts";
import { decideType, type Found } from "../../src/features/files/types/type-rule.ts";
import { avif, bytes, frame, gif, ispe, jpeg, png, u16, u32, webp } from "../support/pictures.ts";
import { typeOf } from "../../src/features/files/types/type-of.ts";

const rules = configOf({ JWT_SIGNING_KEY: "x", REFRESH_TOKEN_KEY: "x".repeat(43) } as unknown as Env);
const elf = bytes([0x7f], "ELF", [2, 1, 1, 0, 0, 0]);

const whole = (head: Uint8Array) => ({ head, whole: true });
const is = (head: Uint8Array, claimed?: string) => typeOf(whole(head), claimed, rules);
const refusal = (head: Uint8Array, claimed?: string) =>
  is(head, claimed).then(
    ({ type }) => type,
    (error: { code: string }) => error.code,
  );

describe("pictures", () => {
  test.each([
    ["image/png", png(640, 480)],
    ["image/gif", gif(640, 480)],
    ["image/jpeg", jpeg(frame(640, 480))],
    ["image/webp", webp(640, 480)],
    ["image/avif", avif(ispe(640, 480))],
  ])("[FL2] [FL3] %s tells its size by its header, whatever it is called", async (type, head) => {
    const found = { type, size: { width: 640, height: 480 } };
    expect(await is(head)).toEqual(found);
    expect(await is(head, "image/bmp")).toEqual(found);
    expect(await is(head, "text/html")).toEqual(found);
    expect(await refusal(head, "video/mp4")).toBe("unsupported_media_type");
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
  ])("[FL3] a %s of more than 100 megapixels is refused", async (_name, head) => {
    expect(await refusal(head)).toBe("payload_too_large");
  });

  test("[FL3] no second size in a header hides the first", async () => {
    expect(await refusal(avif(ispe(1, 1), ispe(60_000, 60_000)))).toBe("payload_too_large");
    // Fill bytes, which decoders pass over, and behind them what a search would find.
    const decoy = jpeg([0xff, ...frame(65_500, 65_500)], frame(1, 1));
    expect(await refusal(decoy, "image/jpeg")).toBe("unsupported_media_type");
    expect(await refusal(decoy)).toBe("application/octet-stream");
  });

  test("[FL3] one that lies on its side is as wide as it is shown", async () => {
    const tiff = [0x4d, 0x4d, 0, 42, ...u32(8), 0, 1, 0x01, 0x12, 0, 3, ...u32(1), 0, 6, 0, 0, ...u32(0)];
    const exif = [0xff, 0xe1, ...u16(8 + tiff.length), ...Buffer.from("Exif"), 0, 0, ...tiff];
    expect(await is(jpeg(exif, frame(640, 480)))).toMatchObject({ size: { width: 480, height: 640 } });
  });

  test("[FL2] without a size in its header it is none", async () => {
    for (const head of [png(0, 1), gif(0, 0), bytes([0x89], "PNG\r\n\u001a\n"), jpeg()]) {
      expect(await refusal(head, "image/png")).toBe("unsupported_media_type");
      expect(await refusal(head)).toBe("application/octet-stream");
    }
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
  ])("[FL2] [FL5] %j is plain text, however it begins, and no picture", async (text) => {
    const head = Buffer.from(text);
    expect(await refusal(head)).toBe("text/plain");
    expect(await refusal(head, "text/html")).toBe("text/plain");
    expect(await refusal(head, "image/svg+xml")).toBe("text/plain");
    expect(await refusal(head, "image/png")).toBe("unsupported_media_type");
    expect(await refusal(head, "application/pdf")).toBe("unsupported_media_type");
    expect(await refusal(head, "application/zip")).toBe("unsupported_media_type");
  });

  test("[FL2] three texts that no browser runs keep their name, TypeScript is no film", async () => {
    for (const type of ["text/csv", "text/markdown", "application/json"])
      expect(await refusal(bytes("a,b"), type)).toBe(type);
    expect(await refusal(bytes("export {}"), "video/mp2t")).toBe("text/plain");
  });

  test("[FL2] a character that the head cuts in two is text, half a one at the end of the file is not", async () => {
    const half = Buffer.from("aé").subarray(0, 2);
    expect(await sniff(half, false)).toEqual({ is: "text" });
    expect(await sniff(half, true)).toEqual({ is: "unknown" });
    expect(await sniff(bytes("a\u0000b"), true)).toEqual({ is: "unknown" });
  });
});

describe("other bytes", () => {
  test.each([
    ["PE", bytes("MZ", [0x90, 0, 3, 0])],
    ["ELF", elf],
    ["Mach-O", bytes([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1])],
    ["fat Mach-O or Java", bytes([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0])],
    ["dex", bytes("dex\n035\u0000")],
    ["WebAssembly", bytes([0], "asm", [1, 0, 0, 0])],
    ["Flash", bytes("CWS", [9, 0, 0, 0])],
    ["msi and old Office", bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0])],
    ["deb", bytes("!<arch>\ndebian-binary   ", [0])],
    ["rpm", bytes([0xed, 0xab, 0xee, 0xdb, 3, 0])],
    ["xar", bytes("xar!", [0, 0x1c])],
    ["lnk", bytes([0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46])],
  ])("[FL3] a program is refused, whatever it is called: %s", async (_name, head) => {
    for (const claimed of [undefined, "application/octet-stream", "image/png", "text/plain"])
      expect(await refusal(head, claimed)).toBe("unsupported_media_type");
  });

  test("[FL2] what nothing is known of is a stream of bytes, and none of the types that would be known", async () => {
    const head = bytes([1, 2, 3, 250, 251]);
    expect(await refusal(head)).toBe("application/octet-stream");
    expect(await refusal(head, "text/html")).toBe("application/octet-stream");
    for (const claimed of [
      "image/png",
      "audio/mpeg",
      "video/mp4",
      "font/woff2",
      "application/pdf",
      "application/zip",
    ])
      expect(await refusal(head, claimed)).toBe("unsupported_media_type");
  });

  test("[FL2] a container is sound or film as its sender says", () => {
    const film: Found = { is: "type", type: "video/webm" };
    expect(decideType(film, "audio/webm")).toBe("audio/webm");
    expect(decideType(film, "audio/mpeg")).toBe("video/webm");
    expect(decideType(film, undefined)).toBe("video/webm");
    expect(decideType({ is: "type", type: "application/ogg" }, "audio/ogg")).toBe("audio/ogg");
    expect(() => decideType(film, "image/gif")).toThrow();
  });

  test("[FL3] a gzip bomb is not unpacked", async () => {
    expect(await refusal(bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], "\u0000".repeat(1000)))).toBe(
      "application/gzip",
    );
  });
});
