// Generated from src/protocol/reminders.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type {
  ChannelId,
  Cursor,
  MessageId,
  Nonce,
  Page,
  ReminderId,
  Timestamp,
  TimestampInput,
} from "./common.ts";

/** `pending`: waits for `at`. `due`: the user was notified and has not completed it. `done`: completed. */
export type ReminderState = "pending" | "due" | "done";

export interface CreateReminderInput {
  body: CreateReminderBody;
}

export interface CreateReminderBody {
  /** What to remind of. 1 to 1000 characters. */
  text: string;
  /** When: in the future, at most 1830 days ahead. */
  at?: TimestampInput;
  /**
   * When, in English words instead of `at`: `in 20 minutes`, `tomorrow at 9:00`, `on Friday`, or an ISO 8601 time.
   * 1 to 100 characters.
   */
  when?: string;
  /** The IANA time zone in which `when` is understood. Default: that of your profile, or UTC. */
  timeZone?: string;
  /** A message that you can read. */
  messageId?: MessageId;
  /** The channel of the message. Without it, the message is looked up. */
  channelId?: ChannelId;
  /**
   * An idempotency key that the client generates. Sending the same nonce again creates no second reminder. 1 to 64
   * characters.
   */
  nonce?: Nonce;
}

/** A reminder of a user, which no other user sees. */
export interface Reminder {
  id: ReminderId;
  /** What to remind of. */
  text: string;
  /** When the user is, or was, notified. */
  at: Timestamp;
  state: ReminderState;
  /** The channel of the message; null without one. */
  channelId: ChannelId | null;
  /** The message that it is about; null for none. */
  messageId: MessageId | null;
  /** Incremented by each change. */
  rev: number;
  createdAt: Timestamp;
}

export interface DeleteReminderInput {
  params: {
    reminderId: ReminderId;
  };
}

export interface GetReminderInput {
  params: {
    reminderId: ReminderId;
  };
}

export interface GetRemindersInput {
  query?: GetRemindersQuery;
}

export interface GetRemindersQuery {
  state?: ReminderState;
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
}

export interface UpdateReminderInput {
  params: {
    reminderId: ReminderId;
  };
  body: UpdateReminderBody;
}

export interface UpdateReminderBody {
  /** What to remind of. 1 to 1000 characters. */
  text?: string;
  /** When: in the future, at most 1830 days ahead. */
  at?: TimestampInput;
  /**
   * When, in English words instead of `at`: `in 20 minutes`, `tomorrow at 9:00`, `on Friday`, or an ISO 8601 time.
   * 1 to 100 characters.
   */
  when?: string;
  /** The IANA time zone in which `when` is understood. Default: that of your profile, or UTC. */
  timeZone?: string;
  /** `true` completes it; `false` makes it `due` again. */
  done?: boolean;
}

/**
 * Create a reminder. At its time you get a notification of the kind `reminder`.
 *
 * `POST /v1/reminders`
 *
 * A reminder of a user, which no other user sees.
 *
 * @throws ParleyError `conflict`, `forbidden`, `nonce_reused`, `not_found`, `payload_too_large`,
 * `request_timeout`, `validation_failed`
 */
export const createReminder: Endpoint<CreateReminderInput, Reminder> = {
  method: "POST",
  path: "/v1/reminders",
  sends: "json",
  idempotent: true,
  takesNonce: true,
};

/**
 * Cancel a reminder and remove its notifications.
 *
 * `DELETE /v1/reminders/:reminderId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const deleteReminder: Endpoint<DeleteReminderInput, undefined> = {
  method: "DELETE",
  path: "/v1/reminders/:reminderId",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get a reminder.
 *
 * `GET /v1/reminders/:reminderId`
 *
 * A reminder of a user, which no other user sees.
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getReminder: Endpoint<GetReminderInput, Reminder> = {
  method: "GET",
  path: "/v1/reminders/:reminderId",
  idempotent: true,
};

/**
 * List your reminders in order of `at`: those that are not done, or those in one state.
 *
 * `GET /v1/reminders`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getReminders: Endpoint<GetRemindersInput, Page<Reminder>> = {
  method: "GET",
  path: "/v1/reminders",
  idempotent: true,
  pages: "cursor",
};

/**
 * Change, snooze or complete a reminder. A new time makes it `pending` again.
 *
 * `PATCH /v1/reminders/:reminderId`
 *
 * A reminder of a user, which no other user sees.
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateReminder: Endpoint<UpdateReminderInput, Reminder> = {
  method: "PATCH",
  path: "/v1/reminders/:reminderId",
  sends: "json",
};
