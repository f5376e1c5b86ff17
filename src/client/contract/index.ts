// Generated from src/protocol by `npm run docs`. Do not edit.

export * from "./admin.ts";
export * from "./auth.ts";
export * from "./channels.ts";
export * from "./close-codes.ts";
export * from "./commands.ts";
export * from "./common.ts";
export * from "./compact-events.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./files.ts";
export * from "./frames.ts";
export * from "./limits.ts";
export * from "./members.ts";
export * from "./messages.ts";
export * from "./notifications.ts";
export * from "./pins.ts";
export * from "./presence.ts";
export * from "./reactions.ts";
export * from "./reads.ts";
export * from "./search.ts";
export * from "./service.ts";
export * from "./threads.ts";
export * from "./tickets.ts";
export * from "./user-events.ts";
export * from "./users.ts";
export * from "./version.ts";
