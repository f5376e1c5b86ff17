import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/core/app-error.ts";
import { BoundedCache } from "../../../src/core/bounded-cache.ts";
import { inParallel, settledWithin } from "../../../src/core/parallel.ts";
import { addressPrefix } from "../../../src/features/auth/device.ts";
import { hashPassword, verifyPassword } from "../../../src/features/auth/passwords.ts";
import { deriveRefreshToken, isGenuine, judgeGeneration } from "../../../src/features/auth/index.ts";
import { graceMs, parseRefreshToken } from "../../../src/features/auth/refresh-tokens.ts";
import { Slots } from "../../../src/features/auth/slots.ts";
import { newId } from "../../../src/core/ids.ts";

const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

describe("the line for passwords", () => {
  test.each([1, 2, 3])("runs %i at a time, no later arrival before its place", async (width) => {
    const slots = new Slots({ running: width, waiting: 10, staleMs: 5_000 });
    const began: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        slots.run(async () => {
          began.push(at);
          most = Math.max(most, ++running);
          await wait(20);
          running--;
        }),
      ),
    );
    expect(most).toBe(width);
    for (const [place, at] of began.entries()) expect(Math.abs(at - place)).toBeLessThan(width);
  });

  test("refuses past its bound, and takes people again afterwards", async () => {
    const slots = new Slots({ running: 1, waiting: 2, staleMs: 5_000 });
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => slots.run(() => wait(10))));
    expect(all.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    const refusal = (all[4] as PromiseRejectedResult).reason as AppError;
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: "unavailable", retryAfterMs: 2_000 });
    expect(await slots.run(async () => "again")).toBe("again");
  });

  test("is left by whoever fails, and by whoever never comes back", async () => {
    const slots = new Slots({ running: 1, waiting: 5, staleMs: 50 });
    await expect(slots.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    void slots.run(() => new Promise(() => {}));
    const startedAt = Date.now();
    expect(await slots.run(async () => "next")).toBe("next");
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(40);
  });
});

describe("a stored password", () => {
  test("is verified with the parameters it was stored with", async () => {
    // The test vector of RFC 7914, 12: N = 1024, r = 8, p = 16, cut to 32 bytes.
    const vector = Uint8Array.from(
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162".match(/../g)!,
      (hex) => Number.parseInt(hex, 16),
    );
    const base64 = btoa(String.fromCharCode(...vector)).replaceAll("=", "");
    const stored = `$scrypt$ln=10,r=8,p=16$${btoa("NaCl").replaceAll("=", "")}$${base64}`;
    expect(await verifyPassword("password", stored)).toBe(true);
    expect(await verifyPassword("passwore", stored)).toBe(false);
    expect(await verifyPassword("password", stored.replace("p=16", "p=15"))).toBe(false);
  });

  test("fits its own hash alone, and nothing fits where there is none", async () => {
    const stored = await hashPassword("one");
    expect(await verifyPassword("one", stored)).toBe(true);
    expect(await verifyPassword("two", stored)).toBe(false);
    expect(await verifyPassword("one", undefined)).toBe(false);
  });

  test.each(["", "plain", "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", "$scrypt$ln=14,r=8,p=5$c2FsdA$"])(
    "of the form %j is a defect, not a login",
    async (stored) => {
      await expect(verifyPassword("x", stored)).rejects.toThrow("form");
    },
  );
});

describe("a refresh token", () => {
  const claims = { userId: newId("usr"), sessionId: newId("ses"), generation: 3 };
  const key = "mSX9EVx3N72XlGc88EbT4CCBltmSXGLAQ9xvGQtC3Gk";

  test("is the same each time it is derived, and another for another key, salt or generation", () => {
    const token = deriveRefreshToken(key, claims, "salt");
    expect(deriveRefreshToken(key, { ...claims }, "salt")).toBe(token);
    const others = [
      deriveRefreshToken(`n${key.slice(1)}`, claims, "salt"),
      deriveRefreshToken(key, claims, "sale"),
      deriveRefreshToken(key, { ...claims, generation: 4 }, "salt"),
    ];
    expect(new Set([token, ...others].map((one) => one.split(".")[3])).size).toBe(4);
  });

  test("is genuine with every part as it was, and not otherwise", () => {
    const presented = parseRefreshToken(deriveRefreshToken(key, claims, "salt"))!;
    expect(presented).toMatchObject(claims);
    expect(isGenuine(key, presented, "salt")).toBe(true);
    expect(isGenuine(key, presented, "sale")).toBe(false);
    expect(isGenuine(key, { ...presented, generation: 2 }, "salt")).toBe(false);
    expect(isGenuine(key, { ...presented, sessionId: newId("ses") }, "salt")).toBe(false);
    expect(isGenuine(key, { ...presented, mac: "" }, "salt")).toBe(false);
  });

  test.each([
    [3, 0, "rotate"],
    [3, 1e12, "rotate"],
    [2, 0, "repeat"],
    [2, graceMs, "repeat"],
    [2, graceMs + 1, "reuse"],
    [1, 0, "reuse"],
    [0, 0, "reuse"],
    [4, 0, "unknown"],
  ])("of generation %i, %i ms after the rotation to 3, is one to %s", (presented, ageMs, verdict) => {
    expect(judgeGeneration(presented, { generation: 3, rotatedAt: 1_000 }, 1_000 + ageMs)).toBe(verdict);
  });
});

test.each([
  ["192.0.2.255", "192.0.2.0/24"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["2001:0db8:0a0b:12f0:0:0:0:1", "2001:db8:a0b::/48"],
  ["fe80::", "fe80:0:0::/48"],
  ["::", "0:0:0::/48"],
  ["", "unknown"],
  ["1.2.3", "unknown"],
  ["x::y", "unknown"],
])("of the address %s no more is kept than %s", (address, prefix) => {
  expect(addressPrefix(address)).toBe(prefix);
});

test("[ER5] a bounded cache forgets what was longest unused", () => {
  const cache = new BoundedCache<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.size]).toEqual([1, undefined, 3, 2]);
  cache.delete("a");
  expect(cache.size).toBe(1);
});

test("work in parallel keeps to its width and does everything once", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++running);
    await wait(2);
    running--;
    done.push(item);
  });
  expect(most).toBe(3);
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("waiting within a time tells whether it was enough, and passes a failure on", async () => {
  expect(await settledWithin(wait(1), 1_000)).toBe(true);
  expect(await settledWithin(wait(1_000), 5)).toBe(false);
  await expect(settledWithin(Promise.reject(new Error("no")), 1_000)).rejects.toThrow("no");
});
