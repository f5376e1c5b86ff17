export { createReminder, type ReminderInput, requireTime } from "./create-reminder.ts";
export { parseTime, splitTime, type TextWithTime, type TimeContext } from "./parse-time.ts";
export { reminderRoutes } from "./routes.ts";
