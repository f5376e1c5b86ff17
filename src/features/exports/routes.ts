import { Hono } from "hono";
import { notFound, reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { exportMe, getJobResult } from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { findJob, findLastJob, presentJob, startJobUnlessRecent } from "../jobs/index.ts";
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

/** Starts an export, or returns the one of the last `intervalMs`. */
async function startJobWithinQuota(env: Env, userId: string, intervalMs: number) {
  const sinceMs = Date.now() - intervalMs;
  const job = { kind: "export" as const, subjectId: userId, requestedBy: userId };
  const started = await startJobUnlessRecent(env, job, sinceMs);
  if (started) return started;
  const last = await findLastJob(env, job, sinceMs);
  // It failed in the meantime.
  if (!last)
    return reject("unavailable", "The last export has just failed; try again", { retryAfterMs: 1_000 });
  return { job: last, isNew: false };
}
