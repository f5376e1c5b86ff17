import { type Signal, signal } from "@preact/signals";
import type { Job } from "../../../../src/client/index.ts";
import type { Workspace } from "../../state/workspace.ts";

/** A job that this tab started. */
export interface TrackedJob {
  job: Job;
  /** What it does, such as "Erase Ann". */
  title: string;
}

const tracked = new WeakMap<Workspace, Signal<readonly TrackedJob[]>>();

/** The jobs that this tab started, until they are dismissed. The page of jobs lists all. */
export function jobsOf(workspace: Workspace): Signal<readonly TrackedJob[]> {
  let jobs = tracked.get(workspace);
  if (!jobs) tracked.set(workspace, (jobs = signal<readonly TrackedJob[]>([])));
  return jobs;
}

/** Shows the progress of a job above the pages of the administration. */
export function trackJob(workspace: Workspace, added: TrackedJob): void {
  const jobs = jobsOf(workspace);
  jobs.value = [...jobs.peek().filter(({ job }) => job.id !== added.job.id), added];
}
