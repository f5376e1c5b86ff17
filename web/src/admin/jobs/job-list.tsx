import { getJob } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { IconButton } from "../../ui/icon.tsx";
import { errorText } from "../../ui/toasts.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { isFinished } from "../../lib/is-finished.ts";
import { usePolling } from "../lists/use-polling.ts";
import { jobText } from "./job-text.ts";
import { jobsOf, type TrackedJob } from "./tracked-jobs.ts";

const pollMs = 1_500;

/** The progress of the jobs that this tab started. */
export function JobList() {
  const workspace = useWorkspace();
  const jobs = jobsOf(workspace);
  if (jobs.value.length === 0) return null;
  return (
    <section class="stack tight" aria-label="Jobs">
      {jobs.value.map((tracked) => (
        <JobProgress
          key={tracked.job.id}
          tracked={tracked}
          onDismiss={() => (jobs.value = jobs.peek().filter(({ job }) => job.id !== tracked.job.id))}
        />
      ))}
    </section>
  );
}

/** The progress of a job, which is read while the page is visible and the job is not finished. */
function JobProgress({ tracked, onDismiss }: { tracked: TrackedJob; onDismiss: () => void }) {
  const { client } = useWorkspace();
  const loaded = useLoad(
    async (signal) => (await client.call(getJob, { params: { jobId: tracked.job.id }, signal })).job,
    [tracked.job.id],
  );
  const job = loaded.value ?? tracked.job;
  const isEnded = isFinished(job);
  usePolling(loaded, pollMs, !isEnded);
  return (
    <div class={`notice job ${job.state === "failed" ? "error" : ""}`}>
      <div class="row">
        <strong class="grow" dir="auto">
          {tracked.title}
        </strong>
        {isEnded && <IconButton icon="close" label={`Dismiss: ${tracked.title}`} onClick={onDismiss} />}
      </div>
      {!isEnded && (
        <progress
          aria-label={tracked.title}
          max={Math.max(1, job.total)}
          value={job.total > 0 ? job.done : undefined}
        />
      )}
      <div class="small" role="status">
        {loaded.error && !isEnded ? errorText(loaded.error) : jobText(job)}
      </div>
      {!isEnded && <div class="small muted">It continues on the server, also when you leave this page.</div>}
    </div>
  );
}
