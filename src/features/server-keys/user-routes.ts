import { Hono } from "hono";
import { reject } from "../../errors/app-error.ts";
import { bearerToken } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { authenticateServer } from "../../http/server-key.ts";
import { body, validate } from "../../http/validate.ts";
import { isoTime } from "../../lib/time.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { accountFacts, presentSelf } from "../users/index.ts";
import { putServerUser, requireServerUser, updateServerUser } from "./server-users.ts";

const byServerKey = authenticateServer(bearerToken);
const defaultSeconds = 3_600;
/** What the users of an application may do by the tokens that it creates for them. */
const grant = { scopes: ["read" as const, "write" as const, "files" as const], channelIds: null };

/** The routes by which an application that embeds Parley manages its users, with a server key. */
export const serverUserRoutes = new Hono<AppEnv>()
  .put(
    api.putServerUser.path,
    byServerKey,
    validate("param", api.putServerUser.params),
    body(api.putServerUser.body),
    async (c) => {
      const { externalId } = c.req.valid("param");
      const { row, isNew, before } = await putServerUser(c.env, externalId, c.req.valid("json"));
      if (isNew) recordAudit(c, { action: "account.register", objectId: row.id });
      if (before && before.active !== row.active)
        recordAudit(c, { action: row.active ? "account.reactivate" : "account.suspend", objectId: row.id });
      if (before && before.role !== row.role)
        recordAudit(c, { action: "account.update_role", objectId: row.id, detail: { role: row.role } });
      return reply(c, api.putServerUser, presentSelf(row), !isNew);
    },
  )

  .post(
    api.createServerUserToken.path,
    byServerKey,
    validate("param", api.createServerUserToken.params),
    body(api.createServerUserToken.body),
    async (c) => {
      const { expiresInSeconds = defaultSeconds } = c.req.valid("json");
      const row = await requireServerUser(c.env, c.req.valid("param").externalId);
      const expiresAt = Date.now() + expiresInSeconds * 1_000;
      const keyId = c.var.serverKeyId ?? "";
      const input = { kind: "app" as const, name: keyId, grant, expiresAt, keyId };
      const created = await callObject(() => hubOf(c.env, row.id).createToken(input, accountFacts(row)));
      if (!created.ok && created.problem.code === "unauthenticated")
        return reject("forbidden", "This user is deactivated");
      const { token, accessToken } = unwrap(created);
      recordAudit(c, { action: "token.create", objectId: token.id, detail: { userId: row.id } });
      return reply(c, api.createServerUserToken, { accessToken, expiresAt: isoTime(expiresAt) });
    },
  )

  .delete(
    api.deactivateServerUser.path,
    byServerKey,
    validate("param", api.deactivateServerUser.params),
    async (c) => {
      const row = await requireServerUser(c.env, c.req.valid("param").externalId);
      await updateServerUser(c.env, row, { active: false });
      if (row.active) recordAudit(c, { action: "account.suspend", objectId: row.id });
      return reply(c, api.deactivateServerUser);
    },
  );
