import { eq } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { configOf } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { within } from "../../lib/parallel.ts";
import { accountDatabase, deploymentFacts } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";

/** How long a request waits for D1 to confirm the data location. After that it proceeds, since chat must work while D1 is down. */
const readTimeoutMs = 1_000;
/** How long an isolate trusts a failed or missing answer before it asks D1 again. */
const retryAfterMs = 30_000;

interface Verdict {
  /** Why this Worker must not serve, for operators; undefined when the vars agree with the deployment, or D1 did not answer. */
  mismatch: string | undefined;
  /** When D1 is queried again. A confirmed location cannot change, so its verdict never expires. */
  expiresAtMs: number;
}

const verdicts = new WeakMap<object, Verdict>();

/**
 * Compares the var `JURISDICTION` with the one that the deployment's first request fixed in D1, once an isolate. In another
 * jurisdiction every channel and user would be a new, empty object, so a Worker that disagrees must not serve.
 *
 * @returns the reason in a sentence for operators, or undefined when the Worker may serve. A local server always may: its
 * runtime has no jurisdictions.
 */
export async function dataLocationMismatch(env: Env): Promise<string | undefined> {
  const config = configOf(env);
  if (config.ENVIRONMENT === "local") return undefined;
  const cached = verdicts.get(env);
  if (cached && Date.now() < cached.expiresAtMs) return cached.mismatch;

  const configured = config.JURISDICTION ?? "none";
  const verdict = await compare(env, configured);
  verdicts.set(env, verdict);
  if (verdict.mismatch)
    logLine({ level: "error", message: "deployment.jurisdiction_mismatch", reason: verdict.mismatch });
  return verdict.mismatch;
}

async function compare(env: Env, configured: string): Promise<Verdict> {
  const stored = await within(readTimeoutMs, storedJurisdiction(env, configured)).catch((error: unknown) => {
    logLine({ level: "warn", message: "deployment.jurisdiction_unverified", error: describeError(error) });
    return undefined;
  });
  if (stored === undefined) return { mismatch: undefined, expiresAtMs: Date.now() + retryAfterMs };
  if (stored === configured) return { mismatch: undefined, expiresAtMs: Infinity };
  return {
    mismatch: `The data of this deployment is in jurisdiction "${stored}", but JURISDICTION says "${configured}". Set the var back; docs/deploy.md, step 2, says how to move.`,
    expiresAtMs: Date.now() + retryAfterMs,
  };
}

/** Reads the deployment's jurisdiction; the first Worker that asks fixes it. Of two at once, one row wins and both read it. */
async function storedJurisdiction(env: Env, configured: string): Promise<string | undefined> {
  const database = accountDatabase(env);
  const stored = database
    .select({ value: deploymentFacts.value })
    .from(deploymentFacts)
    .where(eq(deploymentFacts.name, "jurisdiction"));
  const [present] = await stored;
  if (present) return present.value;
  await database
    .insert(deploymentFacts)
    .values({ name: "jurisdiction", value: configured, createdAt: Date.now() })
    .onConflictDoNothing();
  const [fixed] = await stored;
  return fixed?.value;
}

/** Answers 503 `unavailable` to everything while the configured data location disagrees with the deployment's. */
export const requireDataLocation = createMiddleware<AppEnv>(async (c, next) => {
  if (await dataLocationMismatch(c.env))
    reject("unavailable", "The server's configuration disagrees with its data; its operator must correct it");
  await next();
});
