export * from "./audit.ts";
export * from "./deployment.ts";
export * from "./files.ts";
export * from "./jobs.ts";
export * from "./channels.ts";
export * from "./messages.ts";
export * from "./readers.ts";
export * from "./users.ts";
