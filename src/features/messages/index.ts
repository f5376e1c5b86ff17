export { authorizePost, type IntendedPost } from "./authorize-post.ts";
export { mentionsOutside, needsFacts, prepareEdit, prepareMessage, prepareThread } from "./prepare.ts";
export { deletionOf, decideCreateMessage, decideDeleteMessage, decideUpdateMessage } from "./decide.ts";
export { createGroupMentions, type GroupMentionConfig, GroupMentionTable } from "./group-mention-table.ts";
export { projectMessages } from "./project.ts";
export { messagePageQuery, messageColumnsFor, presentMessage } from "./queries.ts";
export { messageRoutes } from "./routes.ts";
export { createTombstoneIndexes, HistoryTable } from "./history-table.ts";
export { createMessageTables, createUnreadTables, MessageTable } from "./message-table.ts";
