import { Hono } from "hono";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireVisibleChannel } from "../../http/require-visible-channel.ts";
import { body, validate } from "../../http/validate.ts";
import {
  cancelScheduledMessage,
  createScheduledMessage,
  getScheduledMessage,
  getScheduledMessages,
  type ScheduledMessage,
  sendScheduledMessage,
  updateScheduledMessage,
} from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { scheduleMessage } from "./schedule-message.ts";

/** The cursor of a page: time and id of its last message. */
const ScheduledCursor = z.tuple([z.int(), z.string()]);

/** The routes of scheduled messages, which their author's hub keeps and sends. */
export const scheduledMessageRoutes = new Hono<AppEnv>()
  .post(createScheduledMessage.path, authenticate(), body(createScheduledMessage.body), async (c) => {
    const { sendAt, ...input } = c.req.valid("json");
    const { actor } = c.var;
    const { channelId } = input;
    await requireVisibleChannel(c.env, actor, { channelId, isAdmitted: false });
    const time = Date.parse(sendAt);
    const { scheduled, repeated } = await scheduleMessage(c.env, actor, { ...input, sendAt: time });
    return reply(c, createScheduledMessage, scheduled, repeated);
  })
  .get(
    getScheduledMessages.path,
    authenticateRead(),
    validate("query", getScheduledMessages.query),
    async (c) => {
      const { channelId, limit, cursor } = c.req.valid("query");
      const after = cursor === undefined ? undefined : decodeCursor(cursor, ScheduledCursor);
      const items = unwrap(
        await readWhileChecking(c, ({ userId }) =>
          callObject(() => hubOf(c.env, userId).listScheduledMessages(limit + 1, after, channelId)),
        ),
      );
      const page = toPage(
        items as ScheduledMessage[],
        limit,
        (item) => item,
        ({ sendAt, id }) => [Date.parse(sendAt), id],
      );
      return reply(c, getScheduledMessages, page);
    },
  )
  .get(
    getScheduledMessage.path,
    authenticateRead(),
    validate("param", getScheduledMessage.params),
    async (c) => {
      const { scheduledMessageId } = c.req.valid("param");
      const scheduled = await readWhileChecking(c, ({ userId }) =>
        callObject(() => hubOf(c.env, userId).scheduledMessage(scheduledMessageId)),
      );
      return reply(c, getScheduledMessage, unwrap(scheduled) as ScheduledMessage);
    },
  )
  .patch(
    updateScheduledMessage.path,
    authenticate(),
    validate("param", updateScheduledMessage.params),
    body(updateScheduledMessage.body),
    async (c) => {
      const { scheduledMessageId } = c.req.valid("param");
      const { sendAt, ...change } = c.req.valid("json");
      const time = sendAt === undefined ? undefined : Date.parse(sendAt);
      const hub = hubOf(c.env, c.var.actor.userId);
      // Not repeated: with `expectedRev` the second call would be a conflict with the first.
      const updated = await callObject(
        () =>
          hub.updateScheduledMessage(scheduledMessageId, {
            ...change,
            sendAt: time,
            scopes: c.var.actor.grant?.scopes ?? null,
          }),
        { tries: 1 },
      );
      return reply(c, updateScheduledMessage, unwrap(updated) as ScheduledMessage);
    },
  )
  .delete(
    cancelScheduledMessage.path,
    authenticate(),
    validate("param", cancelScheduledMessage.params),
    async (c) => {
      const { scheduledMessageId } = c.req.valid("param");
      const hub = hubOf(c.env, c.var.actor.userId);
      unwrap(await callObject(() => hub.cancelScheduledMessage(scheduledMessageId), { tries: 1 }));
      return reply(c, cancelScheduledMessage);
    },
  )
  .post(
    sendScheduledMessage.path,
    authenticate(),
    validate("param", sendScheduledMessage.params),
    async (c) => {
      const { scheduledMessageId } = c.req.valid("param");
      const hub = () => hubOf(c.env, c.var.actor.userId);
      const sent = await callObject(() => hub().sendScheduledMessage(scheduledMessageId));
      return reply(c, sendScheduledMessage, unwrap(sent) as ScheduledMessage);
    },
  );
