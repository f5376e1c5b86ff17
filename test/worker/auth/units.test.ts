import { describe, expect, test } from "vitest";
import { LruMap } from "../../../src/lib/lru-map.ts";
import { inParallel, settledWithin } from "../../../src/lib/parallel.ts";
import { deviceOf } from "../../../src/http/device.ts";
import { hashPassword, verifyPassword } from "../../../src/password-hasher/scrypt.ts";
import { ScratchCache } from "../../../src/password-hasher/sliced-scrypt.ts";
import {
  deriveRefreshToken,
  isGenuine,
  judgeGeneration,
  type Receipts,
  withReceipt,
} from "../../../src/features/auth/index.ts";
import { reuseGraceMs, isTagged, parseRefreshToken } from "../../../src/features/auth/refresh-tokens.ts";
import { newId } from "../../../src/lib/ids.ts";
import { newTicketText, userOfTicket } from "../../../src/domain/ticket-text.ts";
import { rejectionDelayMs } from "../../../src/features/auth/delay-rejections.ts";
import { clientAddress } from "../../../src/http/client-address.ts";
import { useProductPasswordCost } from "../../support/worker/fixtures/password-cost.ts";

const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
const noPause = { pause: async () => {}, isSliced: () => false, scratch: new ScratchCache() };

describe("stored password", () => {
  test("is verified with the parameters it was stored with", async () => {
    // The test vector of RFC 7914, 12: N = 1024, r = 8, p = 16, cut to 32 bytes.
    const vector = Uint8Array.from(
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162".match(/../g)!,
      (hex) => Number.parseInt(hex, 16),
    );
    const base64 = btoa(String.fromCharCode(...vector)).replaceAll("=", "");
    const stored = `$scrypt$ln=10,r=8,p=16$${btoa("NaCl").replaceAll("=", "")}$${base64}`;
    expect(await verifyPassword("password", stored, noPause)).toBe(true);
    expect(await verifyPassword("passwore", stored, noPause)).toBe(false);
    expect(await verifyPassword("password", stored.replace("p=16", "p=15"), noPause)).toBe(false);
  });

  test("matches only its own hash; nothing matches a missing hash", async () => {
    const stored = await hashPassword("one", noPause);
    expect(await verifyPassword("one", stored, noPause)).toBe(true);
    expect(await verifyPassword("two", stored, noPause)).toBe(false);
    expect(await verifyPassword("one", undefined, noPause)).toBe(false);
  });

  test("is hashed in ten calls of scrypt, with a pause after each but the last", async () => {
    useProductPasswordCost();
    let pauses = 0;
    const stored = await hashPassword("one", { ...noPause, pause: async () => void pauses++ });
    expect(stored).toMatch(/^\$scrypt\$ln=13,r=8,p=1,t=10\$[^$]{22}\$[^$]{43}$/);
    expect(pauses).toBe(9);
    expect(await verifyPassword("one", stored.replace("t=10", "t=9"), noPause)).toBe(false);
  });

  test("is the same whether its calls are native or sliced", async () => {
    let calls = 0;
    const mixed = { ...noPause, isSliced: () => calls++ % 2 === 0 };
    const stored = await hashPassword("one", mixed);
    expect(calls).toBe(10);
    expect(await verifyPassword("one", stored, noPause)).toBe(true);
    const alwaysSliced = { ...noPause, isSliced: () => true };
    expect(await verifyPassword("one", stored, alwaysSliced)).toBe(true);
    expect(await verifyPassword("two", stored, alwaysSliced)).toBe(false);
  });

  test("is hashed in memory that the next hash uses, zeroed even after a failure", async () => {
    useProductPasswordCost();
    const scratch = new ScratchCache();
    const memory = scratch.take({ ln: 13, r: 8 });
    scratch.release(memory);
    const sliced = { pause: noPause.pause, isSliced: () => true, scratch };
    let pauses = 0;
    const fails = async () => {
      if (++pauses > 20) throw new Error("stopped");
    };
    for (const hash of [
      () => hashPassword("one", sliced),
      () => expect(hashPassword("one", { ...sliced, pause: fails })).rejects.toThrow("stopped"),
    ]) {
      await hash();
      expect(scratch.take({ ln: 13, r: 8 })).toBe(memory);
      expect(memory.every((word) => word === 0)).toBe(true);
      scratch.release(memory);
    }
  });

  test.each(["", "plain", "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", "$scrypt$ln=14,r=8,p=5$c2FsdA$"])(
    "of the form %j is a defect, not a login",
    async (stored) => {
      await expect(verifyPassword("x", stored, noPause)).rejects.toThrow("form");
    },
  );
});

test("[AC10] a rejection is delayed by 0.5 to 1.5 times its delay, 4 in a flood", () => {
  for (const [waiting, factor] of [
    [0, 1],
    [25, 2],
    [75, 4],
    [1_000, 4],
  ] as const) {
    const delays = Array.from({ length: 200 }, () => rejectionDelayMs(1_000, waiting));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(500 * factor);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_500 * factor);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(500 * factor);
  }
});

describe("refresh token", () => {
  const claims = { userId: newId("usr"), sessionId: newId("ses"), generation: 3 };
  const key = "mSX9EVx3N72XlGc88EbT4CCBltmSXGLAQ9xvGQtC3Gk";

  test("is deterministic, and differs by key, salt and generation", () => {
    const token = deriveRefreshToken(key, claims, "salt");
    expect(deriveRefreshToken(key, { ...claims }, "salt")).toBe(token);
    const others = [
      deriveRefreshToken(`n${key.slice(1)}`, claims, "salt"),
      deriveRefreshToken(key, claims, "sale"),
      deriveRefreshToken(key, { ...claims, generation: 4 }, "salt"),
    ];
    expect(new Set([token, ...others].map((one) => one.split(".")[3])).size).toBe(4);
  });

  test("is genuine only with every part unchanged", () => {
    const presented = parseRefreshToken(deriveRefreshToken(key, claims, "salt"))!;
    expect(presented).toMatchObject(claims);
    expect(isGenuine(key, presented, "salt")).toBe(true);
    expect(isGenuine(key, presented, "sale")).toBe(false);
    expect(isGenuine(key, { ...presented, generation: 2 }, "salt")).toBe(false);
    expect(isGenuine(key, { ...presented, sessionId: newId("ses") }, "salt")).toBe(false);
    expect(isGenuine(key, { ...presented, mac: "" }, "salt")).toBe(false);
  });

  test("has a tag by the Worker's key, which is checked before the hub is called", () => {
    const presented = parseRefreshToken(deriveRefreshToken(key, claims, "salt"))!;
    expect(isTagged(key, presented)).toBe(true);
    expect(isTagged(`n${key.slice(1)}`, presented)).toBe(false);
    for (const change of [
      { userId: newId("usr") },
      { sessionId: newId("ses") },
      { generation: 4 },
      { mac: presented.mac.toUpperCase() },
      { tag: "A".repeat(22) },
    ])
      expect(isTagged(key, { ...presented, ...change })).toBe(false);
  });

  const seen = (...generations: [number, number][]) => generations;
  test.each([
    [3, seen(), 0, "rotate"],
    [3, seen([3, 0]), 1e12, "rotate"],
    [2, seen(), 0, "repeat"],
    [2, seen(), 1e12, "repeat"],
    [2, seen([3, 0]), reuseGraceMs, "repeat"],
    [2, seen([3, 0]), reuseGraceMs + 1, "reuse"],
    [1, seen([2, 0]), reuseGraceMs, "repeat"],
    [1, seen([2, 0], [3, 5]), reuseGraceMs + 1, "reuse"],
    [1, seen(), 0, "reuse"],
    [0, seen([3, 0]), 0, "reuse"],
    [4, seen(), 0, "unknown"],
  ])("of generation %i, with 3 newest and %j seen, leads to: %s", (presented, receipts, ageMs, verdict) => {
    expect(judgeGeneration(presented, { generation: 3, receipts }, ageMs)).toBe(verdict);
  });

  test("has few receipts, however often it rotates", () => {
    let receipts: Receipts = [];
    for (let generation = 0; generation < 100; generation++)
      receipts = withReceipt(receipts, generation, generation);
    expect(receipts).toHaveLength(20);
    expect(receipts.at(-1)).toEqual([99, 99]);
    expect(withReceipt(receipts, 99, 1_000)).toBe(receipts);
    expect(withReceipt(receipts, 100, 1e9)).toEqual([[100, 1e9]]);
  });
});

test.each([
  ["192.0.2.255", "192.0.2.0/24"],
  ["::ffff:192.0.2.255", "192.0.2.0/24"],
  ["2001:db8::1", "2001:db8:0::/48"],
  ["2001:0db8:0a0b:12f0:0:0:0:1", "2001:db8:a0b::/48"],
  ["fe80::", "fe80:0:0::/48"],
  ["::", "0:0:0::/48"],
  ["", "unknown"],
  ["1.2.3", "unknown"],
  ["x::y", "unknown"],
])("of the address %s only %s is stored", (address, prefix) => {
  const headers = { "CF-Connecting-IP": address };
  expect(deviceOf(new Request("https://parley.test/", { headers })).addressPrefix).toBe(prefix);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0DB8:0a0b:12f0:1:2:3:4", "2001:db8:a0b:12f0::/64"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["192.0.2", "unknown"],
  ["", "unknown"],
])("in production attempts of %s count as %s; a local server has one address", (address, counted) => {
  const request = new Request("https://parley.test/", {
    headers: { "CF-Connecting-IP": address, "X-Forwarded-For": "198.51.100.1" },
  });
  expect(clientAddress({ ENVIRONMENT: "production" }, request)).toBe(counted);
  expect(clientAddress({ ENVIRONMENT: "local" }, request)).toBe("local");
});

describe("ticket", () => {
  const key = "mSX9EVx3N72XlGc88EbT4CCBltmSXGLAQ9xvGQtC3Gk";
  const userId = newId("usr");

  test("reveals its user only if it was made with the key", () => {
    const ticket = newTicketText(key, userId);
    expect(ticket).toMatch(/^usr_[0-9A-Z]{26}\.[\w-]{44}$/);
    expect(newTicketText(key, userId)).not.toBe(ticket);
    expect(userOfTicket(key, ticket)).toBe(userId);
    const [, secret = ""] = ticket.split(".");
    for (const forged of [
      `${newId("usr")}.${secret}`,
      `${userId}.${"A".repeat(44)}`,
      `${userId}.${secret.slice(0, -1)}`,
      `${userId}.${secret}A`,
      `n${ticket}`,
      "",
    ])
      expect(userOfTicket(key, forged)).toBeUndefined();
    expect(userOfTicket(`n${key.slice(1)}`, ticket)).toBeUndefined();
  });
});

test("[ER5] a bounded cache evicts the least recently used entry", () => {
  const cache = new LruMap<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.size]).toEqual([1, undefined, 3, 2]);
  cache.delete("a");
  expect(cache.size).toBe(1);
});

test("parallel work keeps to its concurrency and runs each item once", async () => {
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

test("waiting with a timeout returns whether it settled and rethrows a failure", async () => {
  expect(await settledWithin(wait(1), 1_000)).toBe(true);
  expect(await settledWithin(wait(1_000), 5)).toBe(false);
  await expect(settledWithin(Promise.reject(new Error("no")), 1_000)).rejects.toThrow("no");
});
