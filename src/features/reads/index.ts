export { decideNotificationLevel, decideRead } from "./decide.ts";
export { projectReaders } from "./project.ts";
export { readRoutes } from "./routes.ts";
export { createReaderTable, createReadRevisions, ReadStateStore } from "./read-state-table.ts";
