import { Hono } from "hono";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { requireRecentSession } from "../second-factor/index.ts";
import { createServerKey, deleteServerKey, listServerKeys } from "./keys.ts";

const adminsOnly = requireWorkspaceAction("manageServerKeys");

/** The routes by which the workspace's owner and admins manage server keys. */
export const serverKeyRoutes = new Hono<AppEnv>()
  .post(
    api.createServerKey.path,
    authenticate(),
    adminsOnly,
    requireRecentSession,
    body(api.createServerKey.body),
    async (c) => {
      const { name } = c.req.valid("json");
      const created = await createServerKey(c.env, c.var.config, { name, createdBy: c.var.actor.userId });
      recordAudit(c, { action: "server_key.create", objectId: created.key.id });
      return reply(c, api.createServerKey, created);
    },
  )

  .get(api.getServerKeys.path, authenticate(), adminsOnly, async (c) =>
    reply(c, api.getServerKeys, { items: await listServerKeys(c.env), nextCursor: null }),
  )

  .delete(
    api.revokeServerKey.path,
    authenticate(),
    adminsOnly,
    validate("param", api.revokeServerKey.params),
    async (c) => {
      const { keyId } = c.req.valid("param");
      await deleteServerKey(c.env, keyId);
      recordAudit(c, { action: "server_key.revoke", objectId: keyId });
      return reply(c, api.revokeServerKey);
    },
  );
