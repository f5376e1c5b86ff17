import { expect, test } from "vitest";
import { readableLine } from "../../../scripts/support/dev-log.ts";

const at = "2026-11-28T07:12:03.123Z";
const time = new Date(at).toTimeString().slice(0, 8);

test("a request is one readable line: the Worker's, not wrangler's", () => {
  const line = JSON.stringify({
    at,
    level: "info",
    message: "http.request",
    requestId: "req_1",
    method: "GET",
    route: "/v1/users/:userId",
    status: 200,
    durationMs: 12,
    userId: "usr_1",
  });
  expect(readableLine(line)).toBe(`${time} GET /v1/users/:userId 200 12 ms  req_1`);
  expect(readableLine("[wrangler:info] GET /v1/users/usr_1?query=a 200 OK (14ms)")).toBeUndefined();
  expect(
    readableLine("\u001B[34m[wrangler:info] POST /v1/channels 201 Created (9ms)\u001B[39m"),
  ).toBeUndefined();
});

test("other events keep their name and fields; other lines are unchanged", () => {
  expect(
    readableLine(
      JSON.stringify({ at, level: "warn", message: "sink.batch_failed", attempts: 3, sink: "d1" }),
    ),
  ).toBe(`${time} WARN sink.batch_failed attempts=3 sink="d1"`);
  for (const line of [
    "",
    "⎔ Reloading local server...",
    "{not json",
    '{"at":broken',
    "[wrangler:info] Ready on http://localhost:8787",
  ])
    expect(readableLine(line)).toBe(line);
});
