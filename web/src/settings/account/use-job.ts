import { useEffect, useState } from "preact/hooks";
import { getJob, type Job, ParleyError } from "../../../../src/client/index.ts";
import { isFinished } from "../../lib/is-finished.ts";
import { useWorkspace } from "../../state/context.ts";

/** How often the progress of a job is fetched, in ms. */
const pollMs = 2_000;

/**
 * Follows a job until it is finished. A failed request is repeated.
 *
 * @returns undefined until it is known; null if there is no such job any more
 */
export function useJob(jobId: string | null): Job | null | undefined {
  const { client } = useWorkspace();
  const [job, setJob] = useState<Job | null | undefined>(jobId === null ? null : undefined);
  useEffect(() => {
    if (jobId === null) {
      setJob(null);
      return undefined;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const follow = async (): Promise<void> => {
      while (!signal.aborted) {
        const current = await client
          .call(getJob, { params: { jobId }, signal })
          .then(({ job: found }) => found)
          .catch((error: unknown) =>
            error instanceof ParleyError && error.code === "not_found" ? null : undefined,
          );
        if (signal.aborted) return;
        if (current !== undefined) setJob(current);
        if (current === null || (current && isFinished(current))) return;
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    };
    void follow();
    return () => controller.abort();
  }, [jobId]);
  return job;
}
