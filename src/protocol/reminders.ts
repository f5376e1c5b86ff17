import { z } from "zod";
import {
  ChannelId,
  Cursor,
  Limit,
  MessageId,
  Nonce,
  page,
  ReminderId,
  text,
  Timestamp,
  TimestampInput,
} from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";
import { TimeZone } from "./users.ts";

export const ReminderState = z.enum(["pending", "due", "done"]).meta({
  id: "ReminderState",
  description:
    "`pending`: waits for `at`. `due`: the user was notified and has not completed it. `done`: completed.",
});
export type ReminderState = z.infer<typeof ReminderState>;

export const Reminder = z
  .object({
    id: ReminderId,
    text: z.string().meta({ description: "What to remind of." }),
    at: Timestamp.meta({ description: "When the user is, or was, notified." }),
    state: ReminderState,
    channelId: ChannelId.nullable().meta({ description: "The channel of the message; null without one." }),
    messageId: MessageId.nullable().meta({ description: "The message that it is about; null for none." }),
    rev: z.int().meta({ description: "Incremented by each change." }),
    createdAt: Timestamp,
  })
  .meta({ id: "Reminder", description: "A reminder of a user, which no other user sees." });
export type Reminder = z.infer<typeof Reminder>;

const Text = text(1, limits.reminderLength).meta({ description: "What to remind of." });
const time = {
  at: TimestampInput.optional().meta({
    description: `When: in the future, at most ${limits.reminderDays} days ahead.`,
  }),
  when: text(1, limits.timeTextLength).optional().meta({
    description:
      "When, in English words instead of `at`: `in 20 minutes`, `tomorrow at 9:00`, `on Friday`, or an ISO 8601 time.",
  }),
  timeZone: TimeZone.optional().meta({
    description: "The IANA time zone in which `when` is understood. Default: that of your profile, or UTC.",
  }),
};
const oneTime = "Must have exactly one of `at` and `when`";

export const CreateReminderBody = z
  .strictObject({
    text: Text,
    ...time,
    messageId: MessageId.optional().meta({ description: "A message that you can read." }),
    channelId: ChannelId.optional().meta({
      description: "The channel of the message. Without it, the message is looked up.",
    }),
    nonce: Nonce.optional().meta({
      description:
        "An idempotency key that the client generates. Sending the same nonce again creates no second reminder.",
    }),
  })
  .refine(({ at, when }) => at !== undefined || when !== undefined, { path: ["at"], message: oneTime })
  .refine(({ at, when }) => at === undefined || when === undefined, { path: ["when"], message: oneTime })
  .refine(({ channelId, messageId }) => channelId === undefined || messageId !== undefined, {
    path: ["channelId"],
    message: "Requires `messageId`",
  });

const params = z.object({ reminderId: ReminderId });
const tag = "reminders";

export const createReminder = endpoint({
  method: "post",
  path: "/v1/reminders",
  tag,
  auth: "user",
  summary: "Create a reminder. At its time you get a notification of the kind `reminder`",
  body: CreateReminderBody,
  status: 201,
  repeatStatus: 200,
  response: Reminder,
  errors: ["not_found", "conflict", "nonce_reused"],
});

export const getReminders = endpoint({
  method: "get",
  path: "/v1/reminders",
  tag,
  auth: "user",
  summary: "List your reminders in order of `at`: those that are not done, or those in one state",
  query: z.strictObject({ state: ReminderState.optional(), limit: Limit, cursor: Cursor.optional() }),
  status: 200,
  response: page(Reminder),
  errors: [],
});

export const getReminder = endpoint({
  method: "get",
  path: "/v1/reminders/:reminderId",
  tag,
  auth: "user",
  summary: "Get a reminder",
  params,
  status: 200,
  response: Reminder,
  errors: [],
});

export const updateReminder = endpoint({
  method: "patch",
  path: "/v1/reminders/:reminderId",
  tag,
  auth: "user",
  summary: "Change, snooze or complete a reminder. A new time makes it `pending` again",
  params,
  body: z
    .strictObject({
      text: Text.optional(),
      ...time,
      done: z
        .boolean()
        .optional()
        .meta({ description: "`true` completes it; `false` makes it `due` again." }),
    })
    .refine(({ at, when }) => at === undefined || when === undefined, { path: ["when"], message: oneTime })
    .refine(({ at, when, done }) => done === undefined || (at === undefined && when === undefined), {
      path: ["done"],
      message: "Must not be combined with a new time",
    }),
  status: 200,
  response: Reminder,
  errors: ["conflict"],
});

export const deleteReminder = endpoint({
  method: "delete",
  path: "/v1/reminders/:reminderId",
  tag,
  auth: "user",
  summary: "Cancel a reminder and remove its notifications",
  params,
  status: 204,
  errors: [],
});
