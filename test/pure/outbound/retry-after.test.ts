import { expect, test } from "vitest";
import { retryAfterOf } from "../../../src/outbound/index.ts";

const nowMs = Date.parse("2026-11-29T10:00:00.000Z");

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["999999999", 999_999_999_000],
  ["Sun, 29 Nov 2026 10:00:30 GMT", 30_000],
  ["Sun, 29 Nov 2026 09:59:00 GMT", 0],
  ["soon", undefined],
  ["-5", undefined],
  ["", undefined],
  ["9".repeat(10_000), undefined],
])("[WP7] Retry-After %j is a wait of %s ms", (value, waitMs) => {
  expect(retryAfterOf(new Headers({ "Retry-After": value }), nowMs)).toBe(waitMs);
});

test("[WP7] without the header there is no wait", () => {
  expect(retryAfterOf(new Headers(), nowMs)).toBeUndefined();
});
