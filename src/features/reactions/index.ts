export { decideAddReaction, decideRemoveReaction } from "./decide.ts";
export { isCustomReaction, prepareAddReaction } from "./prepare.ts";
export { projectReactions } from "./project.ts";
export { reactionRoutes } from "./routes.ts";
export { createReactionTables, ReactionTable } from "./reaction-table.ts";
