export { scheduledMessageRoutes } from "./routes.ts";
export { type ScheduleInput, scheduleMessage } from "./schedule-message.ts";
