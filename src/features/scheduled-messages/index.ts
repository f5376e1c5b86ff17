export { scheduledMessageRoutes } from "./routes.ts";
export { scheduleMessage } from "./schedule-message.ts";
