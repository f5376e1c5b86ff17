import { type Context, Hono } from "hono";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { requireRecentSession } from "../second-factor/index.ts";
import { presentUser, updateUser } from "../users/index.ts";
import { createBotToken, findBot, insertBot, listBots } from "./bots.ts";
import { grantOfRequest } from "./token-request.ts";

function recordToken(c: Context<AppEnv>, botId: string, { id, scopes }: api.Token): void {
  recordAudit(c, {
    action: "token.create",
    objectId: id,
    detail: { userId: botId, scopes: scopes.join(" ") },
  });
}

const adminsOnly = requireWorkspaceAction("manageBots");

/** The routes of bots and their tokens, for the workspace's owner and admins. */
export const botRoutes = new Hono<AppEnv>()
  .post(
    api.createBot.path,
    authenticate(),
    adminsOnly,
    requireRecentSession,
    body(api.createBot.body),
    async (c) => {
      const { username, displayName, ...request } = c.req.valid("json");
      const grant = grantOfRequest(request);
      const bot = await insertBot(c.env, c.var.config, { username, displayName });
      recordAudit(c, { action: "bot.create", objectId: bot.id });
      const created = await createBotToken(c.env, bot, { name: bot.username, ...grant });
      recordToken(c, bot.id, created.token);
      return reply(c, api.createBot, { user: presentUser(bot), ...created });
    },
  )

  .get(api.getBots.path, authenticate(), adminsOnly, validate("query", api.getBots.query), async (c) =>
    reply(c, api.getBots, await listBots(c.env, c.req.valid("query"))),
  )

  .delete(
    api.deactivateBot.path,
    authenticate(),
    adminsOnly,
    validate("param", api.deactivateBot.params),
    async (c) => {
      const bot = await findBot(c.env, c.req.valid("param").userId);
      await updateUser(c.env, c.var.actor, bot.id, { active: false });
      recordAudit(c, { action: "account.suspend", objectId: bot.id });
      return reply(c, api.deactivateBot);
    },
  )

  .post(
    api.createBotToken.path,
    authenticate(),
    adminsOnly,
    requireRecentSession,
    validate("param", api.createBotToken.params),
    body(api.createBotToken.body),
    async (c) => {
      const { name, ...request } = c.req.valid("json");
      const grant = grantOfRequest(request);
      const bot = await findBot(c.env, c.req.valid("param").userId);
      const created = await createBotToken(c.env, bot, { name, ...grant });
      recordToken(c, bot.id, created.token);
      return reply(c, api.createBotToken, created);
    },
  )

  .get(
    api.getBotTokens.path,
    authenticate(),
    adminsOnly,
    validate("param", api.getBotTokens.params),
    async (c) => {
      const bot = await findBot(c.env, c.req.valid("param").userId);
      const items = await callObject(() => hubOf(c.env, bot.id).listTokens());
      return reply(c, api.getBotTokens, { items, nextCursor: null });
    },
  )

  .delete(
    api.revokeBotToken.path,
    authenticate(),
    adminsOnly,
    validate("param", api.revokeBotToken.params),
    async (c) => {
      const { userId, tokenId } = c.req.valid("param");
      const bot = await findBot(c.env, userId);
      unwrap(await callObject(() => hubOf(c.env, bot.id).revokeToken(tokenId)));
      recordAudit(c, { action: "token.revoke", objectId: tokenId, detail: { userId: bot.id } });
      return reply(c, api.revokeBotToken);
    },
  );
