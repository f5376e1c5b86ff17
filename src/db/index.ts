export * from "./client.ts";
export * from "./head.ts";
export * from "./json-rows.ts";
export * from "./known-channel.ts";
export * from "./schema/index.ts";
export * from "./write-batch.ts";
