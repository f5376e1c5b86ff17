import { type Context, Hono } from "hono";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { findReadableMessage } from "../../http/find-readable-message.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  createReminder as createReminderEndpoint,
  deleteReminder,
  getReminder,
  getReminders,
  updateReminder,
} from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { findTimeZone } from "../users/index.ts";
import { createReminder, requireTime } from "./create-reminder.ts";

/** The cursor of a page: time and id of its last reminder. */
const ReminderCursor = z.tuple([z.int(), z.string()]);

interface TimeInput {
  at?: string | undefined;
  when?: string | undefined;
  timeZone?: string | undefined;
}

/** Returns the time of a request in ms since 1970; undefined if it has none. @throws `validation_failed` for `when` */
async function timeOf(c: Context<AppEnv>, { at, when, timeZone }: TimeInput): Promise<number | undefined> {
  if (at !== undefined) return Date.parse(at);
  if (when === undefined) return undefined;
  const zone = timeZone ?? (await findTimeZone(c.env, c.var.actor.userId));
  return requireTime(when, { timeZone: zone, nowMs: Date.now() });
}

/** The routes of reminders, which the user's hub keeps. */
export const reminderRoutes = new Hono<AppEnv>()
  .post(createReminderEndpoint.path, authenticate(), body(createReminderEndpoint.body), async (c) => {
    const { text, nonce, messageId, channelId, ...time } = c.req.valid("json");
    const at = (await timeOf(c, time)) ?? 0;
    const message =
      messageId === undefined
        ? null
        : { messageId, channelId: await findReadableMessage(c, messageId, channelId) };
    const { reminder, repeated } = await createReminder(c.env, c.var.actor.userId, {
      text,
      at,
      message,
      nonce,
    });
    return reply(c, createReminderEndpoint, reminder, repeated);
  })
  .get(getReminders.path, authenticateRead(), validate("query", getReminders.query), async (c) => {
    const { state, limit, cursor } = c.req.valid("query");
    const after = cursor === undefined ? undefined : decodeCursor(cursor, ReminderCursor);
    const items = unwrap(
      await readWhileChecking(c, ({ userId }) =>
        callObject(() => hubOf(c.env, userId).listReminders(limit + 1, after, state)),
      ),
    );
    const page = toPage(
      items,
      limit,
      (item) => item,
      ({ at, id }) => [Date.parse(at), id],
    );
    return reply(c, getReminders, page);
  })
  .get(getReminder.path, authenticateRead(), validate("param", getReminder.params), async (c) => {
    const { reminderId } = c.req.valid("param");
    const reminder = await readWhileChecking(c, ({ userId }) =>
      callObject(() => hubOf(c.env, userId).reminder(reminderId)),
    );
    return reply(c, getReminder, unwrap(reminder));
  })
  .patch(
    updateReminder.path,
    authenticate(),
    validate("param", updateReminder.params),
    body(updateReminder.body),
    async (c) => {
      const { reminderId } = c.req.valid("param");
      const { text, done, ...time } = c.req.valid("json");
      const at = await timeOf(c, time);
      const hub = hubOf(c.env, c.var.actor.userId);
      const updated = await callObject(() => hub.updateReminder(reminderId, { text, done, at }));
      return reply(c, updateReminder, unwrap(updated));
    },
  )
  .delete(deleteReminder.path, authenticate(), validate("param", deleteReminder.params), async (c) => {
    const { reminderId } = c.req.valid("param");
    unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).deleteReminder(reminderId), { tries: 1 }));
    return reply(c, deleteReminder);
  });
