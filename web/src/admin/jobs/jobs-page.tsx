import { getJobs, type JobKind, type ListedJob } from "../../../../src/client/index.ts";
import { isFinished } from "../../lib/is-finished.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { BusyButton } from "../forms/busy-button.tsx";
import { ChannelName, Tag, type Tone, UserCell } from "../lists/cells.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { pageQuery, usePages } from "../../ui/use-pages.ts";
import { usePolling } from "../lists/use-polling.ts";
import { jobText } from "./job-text.ts";

const pollMs = 3_000;
const jobsPerPage = 50;

const kinds: Record<JobKind, string> = {
  export: "Export",
  erase: "Erasure",
  purge: "Purge",
  retention: "Deletion by age",
};

const tones: Record<ListedJob["state"], Tone> = {
  queued: "neutral",
  running: "neutral",
  done: "good",
  failed: "bad",
};

/** The jobs of the workspace: what takes longer than a request. The list is read again while one is active and only its first page is shown. */
export function JobsPage() {
  const { client } = useWorkspace();
  const jobs = usePages<ListedJob>(
    (cursor, signal) => client.call(getJobs, { query: { limit: jobsPerPage, ...pageQuery(cursor) }, signal }),
    [],
    ({ id }) => id,
  );
  const isFirstPage = jobs.items.length <= jobsPerPage;
  usePolling(jobs, pollMs, isFirstPage && jobs.items.some((job) => !isFinished(job)));
  return (
    <>
      <PageHeader
        title="Jobs"
        intro="Exports, erasures, purges and deletions by age. They continue after failures, and are listed until 30 days after their end."
      >
        <BusyButton isBusy={jobs.isLoading} onClick={jobs.reload}>
          Refresh
        </BusyButton>
      </PageHeader>
      <PagedTable
        label="Jobs"
        from={jobs}
        empty={<EmptyState title="There were no jobs in the last 30 days" />}
        columns={[
          { title: "Job", cell: ({ kind }) => kinds[kind] },
          { title: "About", cell: (job) => <Subject job={job} /> },
          {
            title: "Started by",
            cell: ({ requestedBy }) =>
              requestedBy === null ? (
                <span class="muted">the server</span>
              ) : (
                <UserCell userId={requestedBy} />
              ),
          },
          { title: "State", cell: (job) => <State job={job} /> },
          { title: "Started", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
          {
            title: "Ended",
            cell: ({ finishedAt }) => finishedAt !== null && <Time at={finishedAt} format="full" />,
          },
        ]}
      />
    </>
  );
}

/** What a job is about. A purged channel cannot be read any more. */
function Subject({ job: { kind, subject, state } }: { job: ListedJob }) {
  if (subject.type === "workspace") return <>the workspace</>;
  if (subject.type === "user") return <UserCell userId={subject.userId} />;
  if (kind === "purge" && state === "done")
    return <span class="muted">a purged channel ({subject.channelId.slice(-6)})</span>;
  return <ChannelName channelId={subject.channelId} />;
}

const State = ({ job }: { job: ListedJob }) => (
  <div>
    <Tag tone={job.error !== null && !isFinished(job) ? "warning" : tones[job.state]}>{job.state}</Tag>
    {job.state !== "done" && (
      <div class="small" dir="auto">
        {jobText(job)}
        {job.attempts > 1 && !isFinished(job) && ` (${job.attempts} failed attempts)`}
      </div>
    )}
    {!isFinished(job) && job.total > 0 && (
      <progress aria-label="Progress" max={job.total} value={Math.min(job.done, job.total)} />
    )}
  </div>
);
