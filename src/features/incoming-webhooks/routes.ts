import { type Context, Hono } from "hono";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { linkOrigin } from "../../http/link-origin.ts";
import { reply } from "../../http/reply.ts";
import { requireChannelInPath } from "../../http/require-visible-channel.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { recordAudit } from "../audit/index.ts";
import type { StoredFile } from "../files/index.ts";
import { requireAvatarFile } from "./bot-avatar.ts";
import { createWebhook, deleteWebhook, updateWebhook } from "./manage-webhook.ts";
import {
  listAllWebhooks,
  listWebhooks,
  presentWebhook,
  requireWebhook,
  rotateSecret,
  type WebhookWithSecret,
} from "./queries.ts";

/**
 * Checks that the actor may manage the webhooks of the channel in the path.
 *
 * @throws `not_found`; `forbidden`
 */
async function requireManager(c: Context<AppEnv>, channelId: string): Promise<api.ChannelSnapshot> {
  const { actor, config } = c.var;
  await requireChannelInPath(c, channelId);
  const channel = unwrap(await callObject(() => roomOf(c.env, channelId).authorizeWebhooks(actor)));
  if (config.INCOMING_WEBHOOKS_BY === "admins" && !isWorkspaceAdmin(actor.role))
    reject("forbidden", "Only the workspace's owner and admins manage webhooks here");
  return channel;
}

/** A webhook with the URL that contains its secret. */
const withUrl = (c: Context<AppEnv>, { row, secret }: WebhookWithSecret) => ({
  webhook: presentWebhook(row),
  url: `${linkOrigin(c)}/hooks/${row.id}/${secret}`,
});

/** Returns the file that a request names as avatar; `undefined` and `null` stay as they are. @throws `not_found`; `validation_failed` */
const avatarOf = async <None extends null | undefined>(
  c: Context<AppEnv>,
  fileId: string | None,
): Promise<StoredFile | None> =>
  typeof fileId === "string" ? requireAvatarFile(c.env, c.var.actor, fileId) : fileId;

/** The routes by which moderators of a channel manage its incoming webhooks. */
export const incomingWebhookRoutes = new Hono<AppEnv>()
  .post(
    api.createIncomingWebhook.path,
    authenticate(),
    validate("param", api.createIncomingWebhook.params),
    body(api.createIncomingWebhook.body),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { name, icon = null, anyChannel = false, avatarFileId } = c.req.valid("json");
      const { archivedAt } = await requireManager(c, channelId);
      if (archivedAt !== null) reject("conflict", "The channel is archived");
      const avatar = await avatarOf(c, avatarFileId);
      const settings = { channelId, name, icon, anyChannel, avatar };
      const created = await createWebhook(c.env, c.var.config, c.var.actor, settings);
      const { id, botUserId } = created.row;
      recordAudit(c, {
        action: "webhook.create",
        objectId: id,
        detail: { channelId, botUserId, anyChannel },
      });
      return reply(c, api.createIncomingWebhook, withUrl(c, created));
    },
  )

  .get(
    api.getIncomingWebhooks.path,
    authenticate(),
    validate("param", api.getIncomingWebhooks.params),
    async (c) => {
      const { channelId } = c.req.valid("param");
      await requireManager(c, channelId);
      const rows = await listWebhooks(c.env, channelId);
      return reply(c, api.getIncomingWebhooks, { items: rows.map(presentWebhook), nextCursor: null });
    },
  )

  .get(
    api.getAllIncomingWebhooks.path,
    authenticate(),
    requireWorkspaceAction("inspectWorkspace"),
    validate("query", api.getAllIncomingWebhooks.query),
    async (c) =>
      reply(
        c,
        api.getAllIncomingWebhooks,
        await listAllWebhooks(c.env, c.var.actor.userId, c.req.valid("query")),
      ),
  )

  .patch(
    api.updateIncomingWebhook.path,
    authenticate(),
    validate("param", api.updateIncomingWebhook.params),
    body(api.updateIncomingWebhook.body),
    async (c) => {
      const { channelId, webhookId } = c.req.valid("param");
      const { avatarFileId, ...settings } = c.req.valid("json");
      await requireManager(c, channelId);
      const before = await requireWebhook(c.env, channelId, webhookId);
      const avatar = await avatarOf(c, avatarFileId);
      const row = await updateWebhook(c.env, c.var.config, c.var.actor, before, { ...settings, avatar });
      recordAudit(c, {
        action: "webhook.update",
        objectId: webhookId,
        detail: { channelId, anyChannel: row.anyChannel },
      });
      return reply(c, api.updateIncomingWebhook, presentWebhook(row));
    },
  )

  .post(
    api.rotateIncomingWebhookSecret.path,
    authenticate(),
    validate("param", api.rotateIncomingWebhookSecret.params),
    async (c) => {
      const { channelId, webhookId } = c.req.valid("param");
      await requireManager(c, channelId);
      const rotated = await rotateSecret(c.env, c.var.config, { channelId, id: webhookId });
      recordAudit(c, { action: "webhook.rotate_secret", objectId: webhookId, detail: { channelId } });
      return reply(c, api.rotateIncomingWebhookSecret, withUrl(c, rotated));
    },
  )

  .delete(
    api.deleteIncomingWebhook.path,
    authenticate(),
    validate("param", api.deleteIncomingWebhook.params),
    async (c) => {
      const { channelId, webhookId } = c.req.valid("param");
      await requireManager(c, channelId);
      await deleteWebhook(c.env, c.var.actor, await requireWebhook(c.env, channelId, webhookId));
      recordAudit(c, { action: "webhook.delete", objectId: webhookId, detail: { channelId } });
      return reply(c, api.deleteIncomingWebhook);
    },
  );
