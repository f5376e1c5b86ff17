export { findMentionedGroups } from "./mentioned-groups.ts";
export { groupRoutes } from "./routes.ts";
