import { type Context, Hono } from "hono";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { accessTokens } from "../../http/access-tokens.ts";
import { authenticate } from "../../http/authenticate.ts";
import { clientAddress } from "../../http/client-address.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { noStore, reply } from "../../http/reply.ts";
import { acceptCookieSession } from "../../http/session-cookies.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { presentSelf } from "../users/index.ts";
import { accountRoutes } from "./account-routes.ts";
import { changePassword } from "./change-password.ts";
import { endCookies, presentedRefreshToken } from "./cookie-session.ts";
import { delayRejections } from "./delay-rejections.ts";
import { beginSession, completeLogin, upgradePasswordHash, verifyLogin } from "./log-in.ts";
import { refresh } from "./refresh.ts";
import { register } from "./register.ts";

const addressOf = (c: Context<AppEnv>): string => clientAddress(c.var.config, c.req.raw);

/** Routes of accounts' credentials: registration, login, tokens, sessions, passwords. */
export const authRoutes = new Hono<AppEnv>()
  .route("/", accountRoutes)

  .post(
    api.register.path,
    noStore,
    acceptCookieSession,
    delayRejections,
    body(api.register.body),
    async (c) => {
      const origin = new URL(c.req.url).origin;
      const row = await register(c.env, c.var.config, addressOf(c), c.req.valid("json"), origin);
      if (!row) return c.body(null, 202);
      recordAudit(c, {
        action: "account.register",
        objectId: row.id,
        actorId: row.id,
        detail: { role: row.role },
      });
      if (row.inviteId) recordAudit(c, { action: "invite.use", objectId: row.inviteId, actorId: row.id });
      return reply(c, api.register, {
        user: presentSelf(row),
        tokens: await beginSession(c, row),
      });
    },
  )

  .post(api.login.path, noStore, acceptCookieSession, delayRejections, body(api.login.body), async (c) => {
    const given = c.req.valid("json");
    const row = await verifyLogin(c.env, c.var.config, addressOf(c), given, (objectId) =>
      recordAudit(c, { action: "session.reject", objectId }),
    );
    c.executionCtx.waitUntil(upgradePasswordHash(c.env, c.var.config, row, given.password));
    return reply(c, api.login, await completeLogin(c, row, { method: "password" }));
  })

  .post(api.refreshToken.path, noStore, acceptCookieSession, body(api.refreshToken.body), async (c) =>
    reply(c, api.refreshToken, {
      tokens: await refresh(c, presentedRefreshToken(c, c.req.valid("json").refreshToken)),
    }),
  )

  .post(api.logout.path, acceptCookieSession, authenticate({ restricted: true }), async (c) => {
    const { userId, sessionId } = c.var.actor;
    // The result is ignored: a session that another request ended meanwhile is logged out as well.
    await callObject(() => hubOf(c.env, userId).endSession(sessionId));
    recordAudit(c, { action: "session.end", objectId: sessionId });
    endCookies(c, sessionId);
    return reply(c, api.logout);
  })

  .get(api.getSessions.path, authenticateRead(), async (c) => {
    const items = await readWhileChecking(c, ({ userId, sessionId }) =>
      callObject(() => hubOf(c.env, userId).listSessions(sessionId)),
    );
    return reply(c, api.getSessions, { items, nextCursor: null });
  })

  .delete(api.endSession.path, authenticate(), validate("param", api.endSession.params), async (c) => {
    const { sessionId } = c.req.valid("param");
    unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).endSession(sessionId)));
    recordAudit(c, { action: "session.end", objectId: sessionId });
    return reply(c, api.endSession);
  })

  .delete(api.endAllSessions.path, authenticate(), async (c) => {
    await callObject(() => hubOf(c.env, c.var.actor.userId).endSessions());
    recordAudit(c, { action: "session.end", objectId: c.var.actor.userId, detail: { all: true } });
    return reply(c, api.endAllSessions);
  })

  .put(api.changePassword.path, authenticate(), delayRejections, body(api.changePassword.body), async (c) => {
    const by = { actor: c.var.actor, address: addressOf(c), origin: new URL(c.req.url).origin };
    await changePassword(c.env, c.var.config, by, c.req.valid("json"));
    recordAudit(c, { action: "account.change_password", objectId: c.var.actor.userId });
    return reply(c, api.changePassword);
  })

  .get(api.getKeys.path, (c) => {
    c.header("Cache-Control", "public, max-age=300");
    return reply(c, api.getKeys, accessTokens(c.var.config).keySet);
  });
