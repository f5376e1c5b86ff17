import { Hono } from "hono";
import { notFound, reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { exportMe, getJobResult } from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { findJob, lastJobAt, presentJob, startJobUnlessRecent } from "../jobs/index.ts";
import { archiveStream } from "./archive.ts";

/** The routes of exports: start one, download its archive. */
export const exportRoutes = new Hono<AppEnv>()
  .post(exportMe.path, authenticate(), async (c) => {
    const { userId } = c.var.actor;
    const { EXPORT_INTERVAL_MS: intervalMs } = c.var.config;
    const { job, isNew } = await startJobWithinQuota(c.env, userId, intervalMs);
    if (isNew) recordAudit(c, { action: "account.export", objectId: userId, detail: { jobId: job.id } });
    return reply(c, exportMe, { job: presentJob(job, userId) });
  })
  .get(getJobResult.path, authenticate(), validate("param", getJobResult.params), async (c) => {
    const { userId } = c.var.actor;
    const job = await findJob(c.env, c.req.valid("param").jobId);
    // Not for admins either: the archive contains private messages.
    if (!job || job.requestedBy !== userId || presentJob(job, userId).resultUrl === undefined)
      return notFound("job");
    return c.body(archiveStream(c.env, job.id), 200, {
      "Content-Type": "application/x-tar",
      "Content-Disposition": `attachment; filename="parley-${job.id}.tar"`,
      "Cache-Control": "no-store",
    });
  });

async function startJobWithinQuota(env: Env, userId: string, intervalMs: number) {
  const sinceMs = Date.now() - intervalMs;
  const job = { kind: "export" as const, subjectId: userId, requestedBy: userId };
  const started = await startJobUnlessRecent(env, job, sinceMs);
  if (started) return started;
  const lastAt = (await lastJobAt(env, job, sinceMs)) ?? sinceMs;
  return reject("rate_limited", "One export a day; the last one can be downloaded until it expires", {
    retryAfterMs: Math.max(1_000, lastAt - sinceMs),
  });
}
