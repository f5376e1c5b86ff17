export { jobRoutes } from "./routes.ts";
export {
  callRunner,
  presentJob,
  serverRequester,
  startJob,
  startJobUnlessRecent,
  workspaceSubject,
} from "./start-job.ts";
export {
  cancelJob,
  clearResult,
  deleteOldJobs,
  expiredResults,
  exportsOf,
  findJob,
  findLastJob,
  type JobCursor,
  type JobHandler,
  type JobRow,
  saveFailure,
  saveStep,
  staleJobs,
  type StepResult,
} from "./store.ts";
