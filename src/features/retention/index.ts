export {
  createRetentionTables,
  type HeldEvent,
  type RetentionSettings,
  RetentionTable,
} from "./retention-table.ts";
export { retentionJob } from "./retention-job.ts";
export { retentionRoutes } from "./routes.ts";
