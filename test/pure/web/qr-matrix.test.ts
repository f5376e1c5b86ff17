import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { qrMatrix } from "../../../web/src/second-factor/qr-matrix.ts";

/** "Hello, world!" with the mask 3, as the package `qrcode` 7.4 of Python draws it. */
const hello = [
  "111111101011101111111",
  "100000100011001000001",
  "101110101101001011101",
  "101110101100101011101",
  "101110101001001011101",
  "100000100111101000001",
  "111111101010101111111",
  "000000000001100000000",
  "111100101111110011101",
  "100011001010110011101",
  "011011100111010100011",
  "101111001111000011010",
  "001111101000101100001",
  "000000001001110010101",
  "111111100110001010000",
  "100000100100110101110",
  "101110100110010111110",
  "101110101000110001110",
  "101110101001101100100",
  "100000101011011110001",
  "111111101011111100100",
];

const uriOf = (username: string): string =>
  `otpauth://totp/Parley:${username}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Parley`;

const rowsOf = (text: string, mask?: number): string[] => qrMatrix(text, mask).map((row) => row.join(""));

describe("QR codes", () => {
  it("draws a text as the reference encoder does", () => {
    expect(rowsOf("Hello, world!", 3)).toEqual(hello);
  });

  // The first 16 digits of the SHA-256 hash of the rows that the same encoder draws.
  it.each([
    ["x".repeat(17), 0, 1, "714ce3d4a6c70750"],
    ["y".repeat(18), 1, 2, "46c9b4494da36845"],
    ["z".repeat(53), 2, 3, "b35ef16f3d2481e3"],
    ["é".repeat(39), 4, 4, "f7126d1e08bd99de"],
    [uriOf("ann"), 5, 5, "52cb0d8fb6127845"],
    ["w".repeat(134), 6, 6, "14b1b608e04b32c8"],
    [uriOf("abcdefghijklmnopqrstuvwxyz._-123"), 7, 6, "5416bf609df96274"],
  ])("draws text %# with its mask as the reference encoder does", (text, mask, version, hash) => {
    const rows = rowsOf(text, mask);
    expect(rows).toHaveLength(17 + 4 * version);
    expect(createHash("sha256").update(rows.join("\n")).digest("hex").slice(0, 16)).toBe(hash);
  });

  it("chooses one of the eight masks by itself", () => {
    const all = Array.from({ length: 8 }, (_, mask) => rowsOf(uriOf("ann"), mask).join("\n"));
    expect(all).toContain(rowsOf(uriOf("ann")).join("\n"));
  });

  it("rejects a text of more than 134 bytes", () => {
    expect(() => qrMatrix("w".repeat(135))).toThrow(RangeError);
    expect(() => qrMatrix("é".repeat(68))).toThrow(RangeError);
  });
});
