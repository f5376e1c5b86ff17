import { Hono } from "hono";
import { z } from "zod";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import { getNotifications, readNotifications } from "../../protocol/index.ts";

/** The cursor of a page: the `seq` of its last notification. */
const NotificationsCursor = z.int().min(1);

/** The routes of notifications, which the user's hub stores. */
export const notificationRoutes = new Hono<AppEnv>()
  .get(getNotifications.path, authenticateRead(), validate("query", getNotifications.query), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? undefined : decodeCursor(cursor, NotificationsCursor);
    const { items, ...readPosition } = unwrap(
      await readWhileChecking(c, ({ userId }) =>
        callObject(() => hubOf(c.env, userId).listNotifications(limit + 1, before)),
      ),
    );
    const page = toPage(
      items,
      limit,
      (item) => item,
      ({ seq }) => seq,
    );
    return reply(c, getNotifications, { ...page, ...readPosition });
  })

  .put(readNotifications.path, authenticate(), body(readNotifications.body), async (c) => {
    const { seq, seqs } = c.req.valid("json");
    const hub = hubOf(c.env, c.var.actor.userId);
    const readPosition = unwrap(await callObject(() => hub.markNotificationsRead(seq, seqs)));
    return reply(c, readNotifications, readPosition);
  });
