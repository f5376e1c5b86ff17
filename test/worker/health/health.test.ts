import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { app } from "../../../src/app.ts";
import { type Health, getHealth } from "../../../src/protocol/index.ts";
import { buildRequest, sendRaw, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { failingBucket, failingDatabase } from "../../support/worker/fakes/failing-bindings.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

const secret = "hunter2";
const error = new Error(`D1_ERROR: no answer from '${secret}.internal'`);

async function healthWith(
  bindings: Record<string, unknown>,
): Promise<{ status: number; health: Health; text: string; headers: Headers; tookMs: number }> {
  const startedAt = performance.now();
  const response = await sendWithBindings(bindings, buildRequest("GET", "/v1/health"));
  const text = await response.text();
  const health = getHealth.response.parse(JSON.parse(text));
  return {
    status: response.status,
    health,
    text,
    headers: response.headers,
    tookMs: performance.now() - startedAt,
  };
}

describe("[ER3] health", () => {
  test("is ok when all parts respond, without a session and with no-store", async () => {
    const response = await sendRaw("GET", "/v1/health");
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({
      status: "ok",
      version: packageJson.version,
      checks: { database: { status: "ok" }, search: { status: "ok" }, files: { status: "ok" } },
    });
  });

  test("[ER4] is not logged while it is ok", async () => {
    const { requests } = await captureLogs(() => healthWith({}));
    expect(requests).toEqual([]);
  });

  test("checks the parts once in 5 s for all requests; reports failure and recovery", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let checks = 0;
    let isBroken = false;
    const counted: D1Database = Object.assign(Object.create(env.DB) as D1Database, {
      prepare: (query: string) => {
        checks++;
        if (isBroken) throw error;
        return env.DB.prepare(query);
      },
    });
    const bindings = { ...env, DB: counted };
    const ask = async () => {
      const context = createExecutionContext();
      const response = await app.fetch(buildRequest("GET", "/v1/health"), bindings as Env, context);
      await waitOnExecutionContext(context);
      return getHealth.response.parse(await response.json()).status;
    };
    expect(new Set(await Promise.all(Array.from({ length: 20 }, ask)))).toEqual(new Set(["ok"]));
    expect(checks).toBe(1);
    isBroken = true;
    vi.setSystemTime(Date.now() + 4_000);
    expect(await ask()).toBe("ok");
    vi.setSystemTime(Date.now() + 1_100);
    expect(await ask()).toBe("down");
    isBroken = false;
    expect(await ask()).toBe("down");
    vi.setSystemTime(Date.now() + 1_100);
    expect(await ask()).toBe("ok");
    expect(checks).toBe(3);
    vi.useRealTimers();
  });

  test("is down (503) when the database does not respond, and names only that", async () => {
    const { status, health, headers } = await healthWith({ DB: failingDatabase(error) });
    expect(status).toBe(503);
    expect(health.status).toBe("down");
    expect(health.checks).toMatchObject({
      database: { status: "down", detail: expect.any(String) },
      search: { status: "ok" },
      files: { status: "ok" },
    });
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("X-Request-Id")).toMatch(/^req_/);
  });

  test.each([
    ["search", { SEARCH: failingDatabase(error) }],
    ["files", { FILES: failingBucket(error) }],
  ])("is degraded (200) when %s does not respond: messages still work", async (part, bindings) => {
    const { status, health } = await healthWith(bindings);
    expect(status).toBe(200);
    expect(health.status).toBe("degraded");
    expect(Object.entries(health.checks).map(([name, check]) => [name, check.status === "ok"])).toEqual(
      ["database", "search", "files"].map((name) => [name, name !== part]),
    );
  });

  test("is down with every part named when none responds", async () => {
    const { status, health } = await healthWith({
      DB: failingDatabase(error),
      SEARCH: failingDatabase(error),
      FILES: failingBucket(error),
    });
    expect(status).toBe(503);
    expect(Object.values(health.checks).map((check) => check.status)).toEqual(["down", "down", "down"]);
  });

  test("responds even if a binding is missing", async () => {
    const { status, health } = await healthWith({ DB: undefined, SEARCH: undefined, FILES: undefined });
    expect(status).toBe(503);
    expect(Object.values(health.checks).map((check) => check.status)).toEqual(["down", "down", "down"]);
  });

  test("distinguishes a database without migrations from an unreachable one", async () => {
    // Neither database has the other's tables.
    const { status, health } = await healthWith({ DB: env.SEARCH, SEARCH: env.DB });
    expect(status).toBe(503);
    const down = { status: "down", detail: expect.stringContaining("migrations") };
    expect(health.checks).toMatchObject({ database: down, search: down });
    expect(
      (await healthWith({ DB: failingDatabase(error) })).health.checks["database"]!.detail,
    ).not.toContain("migrations");
  });

  test("checks all parts in parallel, each with a short timeout", async () => {
    const { status, health, tookMs } = await healthWith({
      DB: failingDatabase("never"),
      SEARCH: failingDatabase("never"),
      FILES: failingBucket("never"),
    });
    expect(status).toBe(503);
    expect(Object.values(health.checks).map((check) => check.detail)).toEqual(
      Array(3).fill("It does not respond"),
    );
    expect(tookMs).toBeLessThan(4_000 + loadAllowanceMs);
  });

  test("is degraded while events are parked that D1 rejected, and says what to do", async () => {
    await env.DB.prepare(
      "INSERT INTO dead_letters (channel_id, seq, error, parked_at) VALUES ('chn_x', 1, ?, 1)",
    )
      .bind(secret)
      .run();
    try {
      const { status, health, text } = await healthWith({});
      expect(status).toBe(200);
      expect(health).toMatchObject({
        status: "degraded",
        checks: {
          database: { status: "degraded", detail: expect.stringMatching(/1 event.*npm run reproject/) },
        },
      });
      expect(text).not.toContain(secret);
    } finally {
      await env.DB.prepare("DELETE FROM dead_letters").run();
    }
    expect((await healthWith({})).health.status).toBe("ok");
  });

  test("[ER4] puts a part's error text neither in the response nor in the log", async () => {
    const bindings = {
      DB: failingDatabase(error),
      SEARCH: failingDatabase(error),
      FILES: failingBucket(error),
    };
    const { result, text, requests } = await captureLogs(() => healthWith(bindings));
    expect(result.text).not.toContain(secret);
    expect(text).not.toContain(secret);
    expect(requests).toEqual([expect.objectContaining({ level: "error", status: 503, route: "/v1/health" })]);
  });
});
