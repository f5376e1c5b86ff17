export { decideCreateMessage, decideDeleteMessage, decideUpdateMessage } from "./decide.ts";
export { projectMessages } from "./project.ts";
export { messageRoutes } from "./routes.ts";
export { createMessageTables, MessageState } from "./state.ts";
