import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { AppError } from "../../../src/errors/app-error.ts";
import { LruMap } from "../../../src/lib/lru-map.ts";
import { lastOfEach } from "../../../src/domain/logged-event.ts";
import { decodeCursor, encodeCursor, toPage } from "../../../src/domain/pagination.ts";
import { asciiJson } from "../../../src/lib/ascii-json.ts";
import { backoffMs } from "../../../src/lib/backoff.ts";
import { isoTime } from "../../../src/lib/time.ts";
import { toAppError } from "../../../src/errors/to-app-error.ts";
import { Cursor } from "../../../src/protocol/index.ts";

test("[PJ4] backoff doubles up to its cap, with equal jitter", () => {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const waitMs = backoffMs(attempt, { baseMs: 250, capMs: 30_000 });
    const ceiling = Math.min(30_000, 250 * 2 ** Math.min(attempt, 20));
    expect(waitMs).toBeGreaterThanOrEqual(ceiling / 2);
    expect(waitMs).toBeLessThanOrEqual(ceiling);
  }
  expect(
    new Set(Array.from({ length: 50 }, () => backoffMs(9, { baseMs: 250, capMs: 30_000 }))).size,
  ).toBeGreaterThan(40);
});

test("[RD5] a cursor decodes to what it was made from, and fits into a URL", () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.string({ unit: "grapheme", maxLength: 80 }), fc.string({ maxLength: 30 })),
      (place) => {
        const cursor = encodeCursor(place);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(decodeCursor(cursor, z.tuple([z.string(), z.string()]))).toEqual(place);
      },
    ),
  );
});

test("[RD5] the longest name of a channel still makes a valid cursor", () => {
  for (const letter of ["a", "ж", "東", "🎈"])
    expect(Cursor.safeParse(encodeCursor([letter.repeat(80), `chn_${"0".repeat(26)}`])).success, letter).toBe(
      true,
    );
});

test("[ER1] [ER2] any cursor is accepted or rejected as the field `cursor`", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.json().map((json) => Buffer.from(json).toString("base64url")),
      ),
      (cursor) => {
        try {
          const [name, id] = decodeCursor(cursor, z.tuple([z.string(), z.string()]));
          expect([typeof name, typeof id]).toEqual(["string", "string"]);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: "validation_failed", issues: [{ path: "cursor" }] });
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test("[RD5] a page has what fits, and a cursor only if there is more", () => {
  const rows = [1, 2, 3];
  const page = (limit: number) => toPage(rows, limit, String, (row) => row);
  expect(page(2)).toEqual({ items: ["1", "2"], nextCursor: encodeCursor(2) });
  expect(page(3)).toEqual({ items: ["1", "2", "3"], nextCursor: null });
  expect(toPage([], 3, String, (row) => row)).toEqual({ items: [], nextCursor: null });
});

test("[ER5] a cache keeps its bound and evicts the least recently used entry", () => {
  const cache = new LruMap<string, number | null>(2);
  cache.set("a", 1);
  cache.set("b", null);
  expect(cache.get("b")).toBeNull();
  expect(cache.get("a")).toBe(1);
  cache.set("c", 3);
  expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.size]).toEqual([1, undefined, 3, 2]);
  cache.set("a", 4);
  expect([cache.get("a"), cache.size]).toEqual([4, 2]);
  cache.delete("a");
  cache.clear();
  expect(cache.size).toBe(0);
});

test("[PJ1] many changes of one thing project as its last, in order of arrival", () => {
  const items = ["a1", "b1", "a2", "c1", "b2"];
  expect(lastOfEach(items, (item) => item[0] ?? "")).toEqual(["a2", "b2", "c1"]);
  expect(lastOfEach([], String)).toEqual([]);
});

test("[ER1] a temporary failure is `unavailable`; a broken constraint is a defect", () => {
  const wrapped = (message: string) => new Error("Failed query: insert …", { cause: new Error(message) });
  for (const error of [
    new Error("D1_ERROR: Network connection lost."),
    new Error("Network connection lost."),
    wrapped("D1_ERROR: storage caused object to be reset"),
  ]) {
    expect(toAppError(error).code, error.message).toBe("unavailable");
  }
  for (const error of [
    new TypeError("x is undefined"),
    wrapped("D1_ERROR: UNIQUE constraint failed: users.id"),
    "text",
    null,
    undefined,
  ])
    expect(toAppError(error).code).toBe("internal");
  expect(toAppError(wrapped("D1_ERROR: secret")).message).not.toContain("secret");
});

test("[RD4] times are UTC with milliseconds", () => {
  expect([isoTime(0), isoTime(1_767_225_600_001)]).toEqual([
    "1970-01-01T00:00:00.000Z",
    "2026-01-01T00:00:00.001Z",
  ]);
});

test("[GW11] JSON in a header is ASCII, and parses to the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = asciiJson(value);
      expect(text).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
