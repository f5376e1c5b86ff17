export { decideNotificationLevel, decideRead } from "./decide.ts";
export { projectReadStates } from "./project.ts";
export { readRoutes } from "./routes.ts";
export { createReaderTable, createReadRevisions, ReadStateTable } from "./read-state-table.ts";
