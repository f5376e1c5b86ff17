import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { getPresence as getPresenceEndpoint, getUserPresence } from "../../protocol/index.ts";
import { getPresence } from "./get-presence.ts";

/** The routes of presence, which is read from the users' hubs. */
export const presenceRoutes = new Hono<AppEnv>()
  .get(getUserPresence.path, authenticate(), validate("param", getUserPresence.params), async (c) => {
    const [presence] = await getPresence(c.env, [c.req.valid("param").userId]);
    return reply(c, getUserPresence, presence ?? notFound("user"));
  })

  .get(getPresenceEndpoint.path, authenticate(), validate("query", getPresenceEndpoint.query), async (c) => {
    const items = await getPresence(c.env, c.req.valid("query").userIds);
    return reply(c, getPresenceEndpoint, { items, nextCursor: null });
  });
