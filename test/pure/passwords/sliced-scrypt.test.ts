import { scryptSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ScratchCache, scratchFor, slicedScrypt } from "../../../src/password-hasher/sliced-scrypt.ts";

const noPause = async () => {};

// RFC 7914, section 12, cut to 32 bytes.
test.each([
  ["", "", { ln: 4, r: 1, p: 1 }, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"],
  [
    "password",
    "NaCl",
    { ln: 10, r: 8, p: 16 },
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
  ],
  [
    "pleaseletmein",
    "SodiumChloride",
    { ln: 14, r: 8, p: 1 },
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
  ],
])("sliced scrypt of %j and %j is that of RFC 7914", async (password, salt, cost, wanted) => {
  const given = { pause: noPause, scratch: scratchFor(cost) };
  expect((await slicedScrypt(password, Buffer.from(salt), 32, cost, given)).toString("hex")).toBe(wanted);
});

test("sliced scrypt equals native scrypt for any input, cost and reused scratch", async () => {
  const scratch = scratchFor({ ln: 8, r: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      fc.uint8Array({ maxLength: 40 }),
      fc.record({
        ln: fc.integer({ min: 1, max: 8 }),
        r: fc.integer({ min: 1, max: 9 }),
        p: fc.integer({ min: 1, max: 3 }),
      }),
      async (password, saltBytes, { ln, r, p }) => {
        // Node rejects N >= 2^(16r) (RFC 7914, section 6), which these never reach.
        const salt = Buffer.from(saltBytes);
        const sliced = await slicedScrypt(password, salt, 32, { ln, r, p }, { pause: noPause, scratch });
        expect(sliced).toEqual(scryptSync(password, salt, 32, { N: 2 ** ln, r, p }));
      },
    ),
    { numRuns: 200 },
  );
});

test("sliced scrypt of a stored hash's cost pauses after each eighth of a pass", async () => {
  let pauses = 0;
  const cost = { ln: 13, r: 8, p: 1 };
  const pause = async () => void pauses++;
  await slicedScrypt("x", Buffer.from("y"), 32, cost, { pause, scratch: scratchFor(cost) });
  // Two passes of eight slices each.
  expect(pauses).toBe(15);
  expect(() => scratchFor({ ln: 17, r: 8 })).toThrow("too much memory");
});

test("the memory of a sliced hash is zeroed, and used by the next hash of its cost", () => {
  const cost = { ln: 4, r: 1 };
  const cache = new ScratchCache();
  const first = cache.take(cost);
  // A hash that stalled may still use the first.
  const other = cache.take(cost);
  expect(other).not.toBe(first);
  first.fill(7);
  cache.release(first);
  expect(cache.take(cost)).toBe(first);
  expect(first.every((word) => word === 0)).toBe(true);
  cache.release(other);
  expect(cache.take({ ln: 5, r: 1 })).toHaveLength(1_024);
});
