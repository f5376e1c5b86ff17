import { z } from "zod";
import { endpoint } from "./endpoint.ts";

const TimeOfDay = z
  .string()
  .max(5)
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "Must be a time of day, such as 22:00");

const isUnique = (items: readonly number[]): boolean => new Set(items).size === items.length;

const quietHours = {
  start: TimeOfDay.meta({ description: "When they begin, as HH:MM.", examples: ["22:00"] }),
  end: TimeOfDay.meta({
    description: "When they end: on the next day, unless it is later than `start`.",
    examples: ["07:00"],
  }),
  days: z
    .array(z.int().min(0).max(6))
    .min(1)
    .max(7)
    .refine(isUnique, "Must not repeat a day")
    .optional()
    .meta({
      description: "The days of the week on which they begin, 0 for Sunday. Default: every day.",
      examples: [[1, 2, 3, 4, 5]],
    }),
};

export const QuietHours = z.object(quietHours).meta({
  id: "QuietHours",
  description: "Times of day without pushes, in the time zone of the profile; UTC if it has none.",
});
export type QuietHours = z.infer<typeof QuietHours>;

export const QuietHoursInput = z.strictObject(quietHours);

const PushWhenActive = z.boolean().meta({
  description:
    "Whether pushes are sent at once while you are active on a connected device. Otherwise they wait some seconds then, and are not sent if you read the notification meanwhile.",
});

export const NotificationSettings = z
  .object({
    quietHours: QuietHours.nullable().meta({ description: "Null: none." }),
    pushWhenActive: PushWhenActive,
  })
  .meta({ id: "NotificationSettings", description: "When your notifications are pushed to your browsers." });
export type NotificationSettings = z.infer<typeof NotificationSettings>;

export const getNotificationSettings = endpoint({
  method: "get",
  path: "/v1/users/me/notification-settings",
  tag: "notifications",
  auth: "user",
  summary: "Get when your notifications are pushed",
  status: 200,
  response: NotificationSettings,
  errors: [],
});

export const updateNotificationSettings = endpoint({
  method: "put",
  path: "/v1/users/me/notification-settings",
  tag: "notifications",
  auth: "user",
  summary: "Set when your notifications are pushed. What is absent stays as it is",
  body: z.strictObject({
    quietHours: QuietHoursInput.nullable().optional().meta({ description: "Null: none." }),
    pushWhenActive: PushWhenActive.optional(),
  }),
  status: 200,
  response: NotificationSettings,
  errors: [],
});
