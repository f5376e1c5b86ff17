export { deleteExpiredExports, deleteExportsOf } from "./expiry.ts";
export { exportJob } from "./export-job.ts";
export { exportRoutes } from "./routes.ts";
