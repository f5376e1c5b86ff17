export { auditRoutes } from "./routes.ts";
export { projectModeration } from "./project.ts";
export { deleteOldAuditEntries, eraseAddresses, presentEntry } from "./queries.ts";
export { type AuditEntry, recordAudit, type StoredAuditEntry, writeAuditEntries } from "./record.ts";
