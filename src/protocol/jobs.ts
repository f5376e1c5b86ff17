import { z } from "zod";
import { ChannelId, page, PageQuery, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const JobId = z
  .string()
  .regex(/^job_[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "Must be an id of the form job_…")
  .meta({ id: "JobId", description: "`job_` and a ULID. Opaque; ids sort by creation time." });

export const JobKind = z
  .enum(["export", "erase", "purge", "retention"])
  .meta({ id: "JobKind", description: "What the job does." });
export type JobKind = z.infer<typeof JobKind>;

export const JobState = z
  .enum(["queued", "running", "done", "failed"])
  .meta({ id: "JobState", description: "`failed`: it gave up; `error` says why." });
export type JobState = z.infer<typeof JobState>;

export const Job = z
  .object({
    id: JobId,
    kind: JobKind,
    state: JobState,
    done: z.int().min(0).meta({ description: "Steps done so far." }),
    total: z.int().min(0).meta({ description: "Steps in all, as far as known; it may grow." }),
    error: z
      .string()
      .nullable()
      .meta({ description: "Why the last attempt of a step failed; null while it succeeds." }),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable().meta({ description: "When it was done or failed; null before." }),
    resultUrl: z
      .string()
      .optional()
      .meta({ description: "The path of the result, for the user who requested it, until it expires." }),
    expiresAt: Timestamp.optional().meta({ description: "When the result is deleted." }),
  })
  .meta({
    id: "Job",
    description:
      "Work that takes longer than a request. It continues after crashes until it is `done` or `failed`.",
  });
export type Job = z.infer<typeof Job>;

/** The body of a response that started a job, or that found it running. */
export const JobResponse = z.object({ job: Job });

export const jobParams = z.object({ jobId: JobId });

export const getJob = endpoint({
  method: "get",
  path: "/v1/jobs/:jobId",
  tag: "jobs",
  auth: "user",
  summary:
    "Get the progress of a job. For the user who requested it, and for the workspace's owner and admins",
  params: jobParams,
  status: 200,
  response: JobResponse,
  errors: [],
});

export const JobSubject = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("user"), userId: UserId }),
    z.object({ type: z.literal("channel"), channelId: ChannelId }),
    z.object({ type: z.literal("workspace") }),
  ])
  .meta({ id: "JobSubject", description: "What a job is about." });
export type JobSubject = z.infer<typeof JobSubject>;

export const ListedJob = Job.extend({
  subject: JobSubject,
  requestedBy: UserId.nullable().meta({ description: "Who started it; null: the server." }),
  updatedAt: Timestamp.meta({ description: "When the last step succeeded or failed." }),
  attempts: z.int().min(0).meta({ description: "Failed attempts of the present step." }),
}).meta({
  id: "ListedJob",
  description: "A job in the list of all jobs, with who started it and what it is about.",
});
export type ListedJob = z.infer<typeof ListedJob>;

export const getJobs = endpoint({
  method: "get",
  path: "/v1/admin/jobs",
  tag: "jobs",
  auth: "user",
  scope: "admin",
  summary:
    "List the jobs of the workspace, newest first, until 30 days after their end. For the workspace's owner and admins",
  query: PageQuery,
  action: "inspectWorkspace",
  status: 200,
  response: page(ListedJob),
  errors: ["forbidden"],
});

export const getJobResult = endpoint({
  method: "get",
  path: "/v1/jobs/:jobId/result",
  tag: "jobs",
  auth: "user",
  scope: "session",
  summary:
    "Download the result of a job: a tar archive of the user's own data. Only for the user who requested it",
  params: jobParams,
  embeddable: true,
  status: 200,
  produces: ["application/x-tar"],
  errors: [],
});
