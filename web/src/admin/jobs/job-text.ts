import type { Job } from "../../../../src/client/index.ts";

/** Returns the state of a job in words. */
export function jobText({ state, done, total, error }: Job): string {
  if (state === "done") return "Done";
  if (state === "failed") return `Failed: ${error ?? "the reason is unknown"}`;
  const progress = total > 0 ? `Step ${Math.min(done + 1, total)} of ${total}` : "Waiting to begin";
  return error === null ? progress : `${progress}. It is repeated, because the last attempt failed: ${error}`;
}
