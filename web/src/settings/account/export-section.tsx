import { useState } from "preact/hooks";
import { exportMe, type Job } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { dateTime } from "../../ui/time.tsx";
import { Section } from "../section.tsx";
import { useJob } from "./use-job.ts";

/** Remembers the export for a reload of the page. In another tab, a further request on the same day returns the same job. */
const storageKey = (userId: string): string => `parley.export.${userId}`;

/** Exports the user's own data as an archive. */
export function ExportSection() {
  const { client, me } = useWorkspace();
  const key = storageKey(me.value.id);
  const [jobId, setJobId] = useState(sessionStorage.getItem(key));
  const job = useJob(jobId);
  const start = async (): Promise<void> => {
    const begun = await client.call(exportMe);
    if (begun.job.id === jobId) showToast("This is today’s archive. A new one can be made tomorrow.");
    sessionStorage.setItem(key, begun.job.id);
    setJobId(begun.job.id);
  };
  const isRunning = job?.state === "queued" || job?.state === "running";
  return (
    <Section
      title="Export your data"
      description="An archive (tar) with your profile, messages, files and settings. Once a day."
    >
      {job && <ExportState job={job} />}
      {!isRunning && (
        <div class="row">
          <ActionButton onAction={start}>
            {job?.state === "done" ? "Export again" : "Export my data"}
          </ActionButton>
        </div>
      )}
    </Section>
  );
}

function ExportState({ job }: { job: Job }) {
  const { state, done, total, error, resultUrl, expiresAt } = job;
  if (state === "failed")
    return (
      <div class="notice error" role="status">
        The export failed{error ? `: ${error}` : ""}. Try again later.
      </div>
    );
  if (state === "done")
    return resultUrl ? (
      <div class="notice row wrap" role="status">
        <span class="grow">
          The archive is ready.{expiresAt && ` It can be downloaded until ${dateTime(expiresAt)}.`}
        </span>
        <a class="button primary" href={resultUrl} download="parley-export.tar">
          <Icon name="download" />
          Download
        </a>
      </div>
    ) : (
      <p class="muted">The last archive has expired.</p>
    );
  return (
    <div class="stack" role="status">
      <label class="field">
        <span class="label">The archive is being made. You can leave this page.</span>
        <progress value={done} max={Math.max(1, total)} />
      </label>
      {error && <span class="muted small">It waits and tries again: {error}</span>}
    </div>
  );
}
