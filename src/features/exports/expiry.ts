import { cancelJob, clearResult, expiredResults, exportsOf } from "../jobs/index.ts";
import { deleteArchive } from "./archive.ts";

const maxPerRun = 50;
/** Exports of one user: at most one a day, and jobs are kept for 30 days. */
const maxOfUser = 100;

/** Deletes archives that have expired. */
export async function deleteExpiredExports(env: Env, nowMs: number): Promise<void> {
  for (const { id } of await expiredResults(env, nowMs, maxPerRun)) {
    await deleteArchive(env, id);
    await clearResult(env, id);
  }
}

/** Ends the exports of an erased user and deletes their archives. May be repeated. */
export async function deleteExportsOf(env: Env, userId: string): Promise<void> {
  for (const { id } of await exportsOf(env, userId, maxOfUser)) {
    await cancelJob(env, id, "The account was erased");
    await deleteArchive(env, id);
    await clearResult(env, id);
  }
}
