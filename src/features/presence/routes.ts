import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { authenticateRead, readAsReader } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { getPresence as getPresenceEndpoint, getUserPresence } from "../../protocol/index.ts";
import { getPresence } from "./get-presence.ts";

/** The routes of presence, which is read from the users' hubs. */
export const presenceRoutes = new Hono<AppEnv>()
  .get(getUserPresence.path, authenticateRead(), validate("param", getUserPresence.params), async (c) => {
    const { userId } = c.req.valid("param");
    const [presence] = await readAsReader(c, (reader) => getPresence(c.env, reader, [userId]));
    return reply(c, getUserPresence, presence ?? notFound("user"));
  })

  .get(
    getPresenceEndpoint.path,
    authenticateRead(),
    validate("query", getPresenceEndpoint.query),
    async (c) => {
      const { userIds } = c.req.valid("query");
      const items = await readAsReader(c, (reader) => getPresence(c.env, reader, userIds));
      return reply(c, getPresenceEndpoint, { items, nextCursor: null });
    },
  );
