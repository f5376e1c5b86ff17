import { Hono } from "hono";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { requireRecentSession } from "../second-factor/index.ts";
import { grantOfRequest } from "./token-request.ts";

/** The routes of personal access tokens, which the user's hub stores. */
export const tokenRoutes = new Hono<AppEnv>()
  .post(api.createToken.path, authenticate(), requireRecentSession, body(api.createToken.body), async (c) => {
    const { name, ...request } = c.req.valid("json");
    const { userId, sessionId } = c.var.actor;
    const input = { kind: "pat" as const, name, bySession: sessionId, ...grantOfRequest(request) };
    // Not repeated: a lost response would leave a token whose text no one has.
    const created = unwrap(await callObject(() => hubOf(c.env, userId).createToken(input), { tries: 1 }));
    recordAudit(c, {
      action: "token.create",
      objectId: created.token.id,
      detail: { scopes: request.scopes.join(" ") },
    });
    return reply(c, api.createToken, created);
  })

  .get(api.getTokens.path, authenticateRead(), async (c) => {
    const items = await readWhileChecking(c, ({ userId }) =>
      callObject(() => hubOf(c.env, userId).listTokens()),
    );
    return reply(c, api.getTokens, { items, nextCursor: null });
  })

  .delete(api.revokeToken.path, authenticate(), validate("param", api.revokeToken.params), async (c) => {
    const { tokenId } = c.req.valid("param");
    unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).revokeToken(tokenId)));
    recordAudit(c, { action: "token.revoke", objectId: tokenId });
    return reply(c, api.revokeToken);
  });
