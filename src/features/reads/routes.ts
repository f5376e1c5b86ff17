import { Hono } from "hono";
import { accountDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply, replyRaw } from "../../http/reply.ts";
import { restrictionOf } from "../../http/token-permissions.ts";
import { body, validate } from "../../http/validate.ts";
import { getUnreads, markRead, readAll, setNotificationLevel } from "../../protocol/index.ts";
import { findUnreads } from "./queries.ts";
import { markAllRead } from "./mark-all-read.ts";

/** The routes of read positions and notification levels. Over REST a read position can also move back. */
export const readRoutes = new Hono<AppEnv>()
  .get(getUnreads.path, authenticateRead(), validate("query", getUnreads.query), async (c) => {
    const query = c.req.valid("query");
    return replyRaw(
      c,
      await readWhileChecking(c, ({ userId }) =>
        findUnreads(accountDatabase(c.env), userId, query, restrictionOf(c)),
      ),
    );
  })
  .post(readAll.path, authenticate(), validate("query", readAll.query), async (c) =>
    reply(c, readAll, await markAllRead(c.env, c.var.actor, c.req.valid("query").cursor)),
  )
  .put(
    markRead.path,
    authenticate({ deferred: true }),
    validate("param", markRead.params),
    body(markRead.body),
    async (c) => {
      const { seq } = c.req.valid("json");
      const { data } = await submitCommand(c, c.req.valid("param").channelId, "read", {
        seq,
        markUnread: true,
      });
      return reply(c, markRead, data);
    },
  )
  .put(
    setNotificationLevel.path,
    authenticate({ deferred: true }),
    validate("param", setNotificationLevel.params),
    body(setNotificationLevel.body),
    async (c) => {
      const { data } = await submitCommand(
        c,
        c.req.valid("param").channelId,
        "notificationLevel",
        c.req.valid("json"),
      );
      return reply(c, setNotificationLevel, data);
    },
  );
