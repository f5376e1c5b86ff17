// Generated from src/protocol/jobs.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { ChannelId, Page, PageQuery, Timestamp, UserId } from "./common.ts";

export interface GetJobInput {
  params: {
    jobId: JobId;
  };
}

/** `job_` and a ULID. Opaque; ids sort by creation time. */
export type JobId = string;

/** The body of a response that started a job, or that found it running. */
export interface JobResponse {
  job: Job;
}

/** Work that takes longer than a request. It continues after crashes until it is `done` or `failed`. */
export interface Job {
  id: JobId;
  kind: JobKind;
  state: JobState;
  /** Steps done so far. */
  done: number;
  /** Steps in all, as far as known; it may grow. */
  total: number;
  /** Why the last attempt of a step failed; null while it succeeds. */
  error: string | null;
  createdAt: Timestamp;
  /** When it was done or failed; null before. */
  finishedAt: Timestamp | null;
  /** The path of the result, for the user who requested it, until it expires. */
  resultUrl?: string;
  /** When the result is deleted. */
  expiresAt?: Timestamp;
}

/** What the job does. */
export type JobKind = "export" | "erase" | "purge" | "retention";

/** `failed`: it gave up; `error` says why. */
export type JobState = "queued" | "running" | "done" | "failed";

export interface GetJobResultInput {
  params: {
    jobId: JobId;
  };
}

export interface GetJobsInput {
  query?: PageQuery;
}

/** A job in the list of all jobs, with who started it and what it is about. */
export interface ListedJob extends Job {
  subject: JobSubject;
  /** Who started it; null: the server. */
  requestedBy: UserId | null;
  /** When the last step succeeded or failed. */
  updatedAt: Timestamp;
  /** Failed attempts of the present step. */
  attempts: number;
}

/** What a job is about. */
export type JobSubject =
  | {
      type: "user";
      userId: UserId;
    }
  | {
      type: "channel";
      channelId: ChannelId;
    }
  | {
      type: "workspace";
    };

/**
 * Get the progress of a job. For the user who requested it, and for the workspace's owner and admins.
 *
 * `GET /v1/jobs/:jobId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getJob: Endpoint<GetJobInput, JobResponse> = {
  method: "GET",
  path: "/v1/jobs/:jobId",
  idempotent: true,
};

/**
 * Download the result of a job: a tar archive of the user's own data. Only for the user who requested it.
 *
 * `GET /v1/jobs/:jobId/result`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getJobResult: Endpoint<GetJobResultInput, Response> = {
  method: "GET",
  path: "/v1/jobs/:jobId/result",
  answers: "response",
  idempotent: true,
};

/**
 * List the jobs of the workspace, newest first, until 30 days after their end. For the workspace's owner and
 * admins.
 *
 * `GET /v1/admin/jobs`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getJobs: Endpoint<GetJobsInput, Page<ListedJob>> = {
  method: "GET",
  path: "/v1/admin/jobs",
  idempotent: true,
  pages: "cursor",
};
