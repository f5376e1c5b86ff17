import { Hono } from "hono";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { validate } from "../../http/validate.ts";
import { getJob, getJobs, JobId } from "../../protocol/index.ts";
import { callRunner, presentJob, presentListedJob } from "./start-job.ts";
import { findJob, readJobs } from "./store.ts";

/** A job without a step for this long is started again when it is read: its runner may have lost it. */
const idleMs = 120_000;

/** The routes of jobs. A job of another user does not exist, except for the workspace's owner and admins. */
export const jobRoutes = new Hono<AppEnv>()
  .get(
    getJobs.path,
    authenticate(),
    requireWorkspaceAction("inspectWorkspace"),
    validate("query", getJobs.query),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const before = cursor === undefined ? undefined : decodeCursor(cursor, JobId);
      const rows = await readJobs(c.env, limit + 1, before);
      const { userId } = c.var.actor;
      return reply(
        c,
        getJobs,
        toPage(
          rows,
          limit,
          (row) => presentListedJob(row, userId),
          ({ id }) => id,
        ),
      );
    },
  )
  .get(getJob.path, authenticate(), validate("param", getJob.params), async (c) => {
    const { userId, role } = c.var.actor;
    const job = await findJob(c.env, c.req.valid("param").jobId);
    if (!job || (job.requestedBy !== userId && !isWorkspaceAdmin(role))) return notFound("job");
    if (job.finishedAt === null && job.updatedAt < Date.now() - idleMs) await callRunner(c.env, job);
    return reply(c, getJob, { job: presentJob(job, userId) });
  });
