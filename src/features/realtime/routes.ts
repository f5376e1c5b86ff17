import { Hono } from "hono";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { createTicket } from "../../protocol/index.ts";

/** The route of tickets, which the user's hub issues. */
export const realtimeRoutes = new Hono<AppEnv>().post(createTicket.path, authenticate(), async (c) => {
  const { userId, sessionId } = c.var.actor;
  return reply(c, createTicket, unwrap(await callObject(() => hubOf(c.env, userId).createTicket(sessionId))));
});
