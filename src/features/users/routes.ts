import { type Context, Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accountDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { Reader } from "../../domain/actor.ts";
import { authenticateRead, readAsReader, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  endUserSessions as endUserSessionsEndpoint,
  getMe,
  getStatus,
  getUser,
  getUserByEmail,
  getUsers,
  updateMe as updateMeEndpoint,
  updateUser as updateUserEndpoint,
  updateUserStatus,
} from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { findVisibleUser, getDirectory, getUsersById } from "./directory.ts";
import { endUserSessions } from "./end-sessions.ts";
import { lookUpByEmail } from "./look-up.ts";
import { presentSelf, presentUser } from "./present.ts";
import { findUser } from "./queries.ts";
import { updateMe } from "./update-me.ts";
import { type ChangedUser, updateUser } from "./update-user.ts";

/** Records a change of another user's account in the audit log. A request that changed nothing is not recorded. */
function recordUserChange(c: Context<AppEnv>, { user, before }: ChangedUser): void {
  if (!before) return;
  const objectId = user.id;
  if (user.role !== before.role)
    recordAudit(c, {
      action: user.role === "owner" ? "account.transfer_ownership" : "account.update_role",
      objectId,
      detail: { from: before.role, to: user.role },
    });
  if (user.active !== before.active)
    recordAudit(c, { action: user.active ? "account.reactivate" : "account.suspend", objectId });
}

/** The routes of users: own profile and status, directory, administration of accounts. */
export const userRoutes = new Hono<AppEnv>()
  .get(getMe.path, authenticateRead({ restricted: true }), async (c) => {
    const row = await readWhileChecking(c, ({ userId }) => findUser(accountDatabase(c.env), userId));
    return reply(c, getMe, presentSelf(row ?? notFound("user")));
  })

  .patch(updateMeEndpoint.path, authenticate(), body(updateMeEndpoint.body), async (c) => {
    const row = await updateMe(c.env, c.var.actor.userId, c.req.valid("json"));
    return reply(c, updateMeEndpoint, presentSelf(row));
  })

  .get(getStatus.path, authenticateRead(), async (c) => {
    const status = await readWhileChecking(c, ({ userId }) =>
      callObject(() => hubOf(c.env, userId).getStatus()),
    );
    return reply(c, getStatus, unwrap(status));
  })

  .put(updateUserStatus.path, authenticate(), body(updateUserStatus.body), async (c) => {
    const change = c.req.valid("json");
    const { status } = unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).setStatus(change)));
    return reply(c, updateUserStatus, status);
  })

  .get(getUsers.path, authenticateRead(), validate("query", getUsers.query), async (c) => {
    const { ids, ...query } = c.req.valid("query");
    const db = accountDatabase(c.env);
    const read = (reader: Reader) => (ids ? getUsersById(db, reader, ids) : getDirectory(db, reader, query));
    return reply(c, getUsers, await readAsReader(c, read));
  })

  // Before the user with an id: the first route that matches handles the request.
  .get(getUserByEmail.path, authenticate(), validate("query", getUserByEmail.query), async (c) => {
    const { email } = c.req.valid("query");
    return reply(c, getUserByEmail, presentUser(await lookUpByEmail(c.env, c.var.actor, email)));
  })

  .get(getUser.path, authenticateRead(), validate("param", getUser.params), async (c) => {
    const { userId } = c.req.valid("param");
    const row = await readAsReader(c, (reader) => findVisibleUser(accountDatabase(c.env), reader, userId));
    return reply(c, getUser, presentUser(row ?? notFound("user")));
  })

  .delete(
    endUserSessionsEndpoint.path,
    authenticate(),
    validate("param", endUserSessionsEndpoint.params),
    async (c) => {
      const { userId } = c.req.valid("param");
      await endUserSessions(c.env, c.var.actor, userId);
      recordAudit(c, { action: "session.end", objectId: userId, detail: { all: true } });
      return reply(c, endUserSessionsEndpoint);
    },
  )

  .patch(
    updateUserEndpoint.path,
    authenticate(),
    validate("param", updateUserEndpoint.params),
    body(updateUserEndpoint.body),
    async (c) => {
      const { userId } = c.req.valid("param");
      const changed = await updateUser(c.env, c.var.actor, userId, c.req.valid("json"));
      recordUserChange(c, changed);
      return reply(c, updateUserEndpoint, presentUser(changed.user));
    },
  );
