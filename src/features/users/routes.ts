import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accountDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  getMe,
  getStatus,
  getUser,
  getUsers,
  updateMe as updateMeEndpoint,
  updateUser as updateUserEndpoint,
  updateUserStatus,
} from "../../protocol/index.ts";
import { getDirectory, getUsersById } from "./directory.ts";
import { presentSelf, presentUser } from "./present.ts";
import { findUser } from "./queries.ts";
import { updateMe } from "./update-me.ts";
import { updateUser } from "./update-user.ts";

/** The routes of users: own profile and status, directory, administration of accounts. */
export const userRoutes = new Hono<AppEnv>()
  .get(getMe.path, authenticate(), async (c) => {
    const row = await findUser(accountDatabase(c.env), c.var.actor.userId);
    return reply(c, getMe, presentSelf(row ?? notFound("user")));
  })

  .patch(updateMeEndpoint.path, authenticate(), body(updateMeEndpoint.body), async (c) => {
    const row = await updateMe(c.env, c.var.actor.userId, c.req.valid("json"));
    return reply(c, updateMeEndpoint, presentSelf(row));
  })

  .get(getStatus.path, authenticate(), async (c) =>
    reply(c, getStatus, unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).getStatus()))),
  )

  .put(updateUserStatus.path, authenticate(), body(updateUserStatus.body), async (c) => {
    const change = c.req.valid("json");
    const { status } = unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).setStatus(change)));
    return reply(c, updateUserStatus, status);
  })

  .get(getUsers.path, authenticate(), validate("query", getUsers.query), async (c) => {
    const { ids, ...query } = c.req.valid("query");
    const db = accountDatabase(c.env);
    return reply(c, getUsers, await (ids ? getUsersById(db, ids) : getDirectory(db, query)));
  })

  .get(getUser.path, authenticate(), validate("param", getUser.params), async (c) => {
    const row = await findUser(accountDatabase(c.env), c.req.valid("param").userId);
    return reply(c, getUser, presentUser(row ?? notFound("user")));
  })

  .patch(
    updateUserEndpoint.path,
    authenticate(),
    validate("param", updateUserEndpoint.params),
    body(updateUserEndpoint.body),
    async (c) => {
      const { userId } = c.req.valid("param");
      const row = await updateUser(c.env, c.var.actor, userId, c.req.valid("json"));
      return reply(c, updateUserEndpoint, presentUser(row));
    },
  );
