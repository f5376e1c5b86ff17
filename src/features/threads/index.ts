export {
  decideCreateThread,
  decideDeleteThread,
  decideFollowThread,
  decideReadThread,
  decideUpdateThread,
} from "./decide.ts";
export { projectFollowers, projectThreads } from "./project.ts";
export { threadRoutes } from "./routes.ts";
export { createThreadTables, ThreadTable } from "./thread-table.ts";
