export * from "./channel-tables.ts";
export * from "./client.ts";
export * from "./projected-head.ts";
export * from "./json-rows.ts";
export * from "./channel-visibility.ts";
export * from "./schema/index.ts";
export * from "./user-tables.ts";
export * from "./write-batch.ts";
