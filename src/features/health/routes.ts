import { count, sql } from "drizzle-orm";
import { Hono } from "hono";
import packageJson from "../../../package.json" with { type: "json" };
import { type Config, configOf } from "../../config.ts";
import { confirmsAddresses, mailDriver, registrationMode } from "../../domain/registration-mode.ts";
import { accountDatabase, deadLetters, searchIndex } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { dataLocationMismatch } from "../deployment/index.ts";
import { type Health, getHealth } from "../../protocol/index.ts";
import { cachedHealth } from "./cached-health.ts";

type Check = Health["checks"][string];

/** A dependency that does not respond within this time is reported as down. */
const probeTimeoutMs = 2_000;

/** The health route. Responds with 503 only if requests would fail; `degraded` is 200. */
export const healthRoutes = new Hono<AppEnv>().get(getHealth.path, async (c) => {
  const health = await cachedHealth(
    c.env,
    () => checkParts(c.env),
    (work) => c.executionCtx.waitUntil(work),
  );
  // Monitors poll frequently: healthy responses are not logged.
  if (health.status === "ok") c.set("unlogged", true);
  return c.json(health, health.status === "down" ? 503 : 200, { "Cache-Control": "no-store" });
});

async function checkParts(env: Env): Promise<Health> {
  const parts: Record<string, Promise<Check>> = {
    database: probe(async () => {
      const [row] = await accountDatabase(env).select({ parked: count() }).from(deadLetters);
      return row?.parked
        ? {
            status: "degraded",
            detail: `${row.parked} events could not be projected into the database; run \`npm run reproject\``,
          }
        : { status: "ok" };
    }),
    search: probe(async () => {
      const [row] = await searchIndex(env).all<{ parked: number }>(
        sql`SELECT count(*) AS parked FROM search_dead_letters`,
      );
      return row?.parked
        ? {
            status: "degraded",
            detail: `${row.parked} events could not be indexed; run \`npm run reindex\``,
          }
        : { status: "ok" };
    }),
    files: probe(async () => {
      await env.FILES.head("health");
      return { status: "ok" };
    }),
    ...(configOf(env).ENVIRONMENT !== "local" && {
      mail: probe(async () => mailState(configOf(env))),
      dataLocation: probe(async () => {
        const mismatch = await dataLocationMismatch(env);
        return mismatch ? { status: "down", detail: mismatch } : { status: "ok" };
      }),
    }),
  };
  const checks = Object.fromEntries(
    await Promise.all(Object.entries(parts).map(async ([name, check]) => [name, await check] as const)),
  );
  const states = Object.values(checks).map(({ status }) => status);
  const worst =
    checks["database"]?.status === "down" || checks["dataLocation"]?.status === "down"
      ? "down"
      : states.every((status) => status === "ok")
        ? "ok"
        : "degraded";
  return { status: worst, version: packageJson.version, checks };
}

/** Reports that there is no mail driver; a problem only if accounts cannot be created without one. */
function mailState(config: Config): Check {
  if (mailDriver(config)) return { status: "ok" };
  const isNeeded = confirmsAddresses(config) && registrationMode(config) !== "closed";
  return {
    status: isNeeded ? "degraded" : "ok",
    detail: isNeeded
      ? "MAIL_DRIVER is not set, so new accounts cannot be confirmed"
      : "MAIL_DRIVER is not set, so a forgotten password cannot be reset",
  };
}

async function probe(check: () => Promise<Check>): Promise<Check> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timedOut = new Promise<Check>((resolve) => {
    timer = setTimeout(() => resolve({ status: "down", detail: "It does not respond" }), probeTimeoutMs);
  });
  try {
    return await Promise.race([check(), timedOut]);
  } catch (error) {
    const missing =
      String(error).includes("no such table") || String((error as Error).cause).includes("no such table");
    return {
      status: "down",
      detail: missing ? "Its migrations are not applied" : "It responds with an error",
    };
  } finally {
    clearTimeout(timer);
  }
}
