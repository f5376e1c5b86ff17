export { createReminder } from "./create-reminder.ts";
export { parseTime, splitTime, type TimeContext } from "./parse-time.ts";
export { reminderRoutes } from "./routes.ts";
