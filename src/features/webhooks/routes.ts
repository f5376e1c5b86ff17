import { type Context, Hono } from "hono";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import type { WebhookChange, WebhookRecord } from "../../domain/webhooks.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, webhookSenderOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { checkWebhookUrl, createWebhook, requireReadableChannels } from "./create-webhook.ts";
import { presentWebhook } from "./present.ts";
import { findWebhook, listWebhooks } from "./queries.ts";

/** Returns a webhook of the user; for the owner and admins of the workspace, any. D1 confirms that its object exists. @throws `not_found` */
async function requireWebhook(c: Context<AppEnv>, webhookId: string): Promise<WebhookRecord> {
  const { userId, role } = c.var.actor;
  const webhook = await findWebhook(c.env, webhookId);
  return webhook && (webhook.ownerId === userId || isWorkspaceAdmin(role)) ? webhook : notFound("webhook");
}

/** As `requireWebhook`, for what would let a user receive what another one may read. @throws `not_found`; `forbidden` for a webhook of another */
async function requireOwnWebhook(c: Context<AppEnv>, webhookId: string): Promise<WebhookRecord> {
  const webhook = await requireWebhook(c, webhookId);
  if (webhook.ownerId !== c.var.actor.userId)
    reject("forbidden", "Only its owner can do this; you can pause or delete it");
  return webhook;
}

const senderOf = (c: Context<AppEnv>, webhookId: string) => webhookSenderOf(c.env, webhookId);

/** Removes the fields that were not given. */
const given = (change: Record<string, unknown>): WebhookChange =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

/** The routes of webhooks that are sent events. */
export const webhookRoutes = new Hono<AppEnv>()
  .post(api.createWebhook.path, authenticate(), body(api.createWebhook.body), async (c) => {
    const { channelIds = null, ...rest } = c.req.valid("json");
    const { actor, config } = c.var;
    const { webhook, secret } = await createWebhook(c.env, config, actor, { ...rest, channelIds });
    recordAudit(c, {
      action: "webhook.create",
      objectId: webhook.id,
      detail: { host: new URL(webhook.url).host, channels: channelIds?.length ?? "public" },
    });
    return reply(c, api.createWebhook, { webhook: presentWebhook(webhook, actor.userId), secret });
  })

  .get(api.getWebhooks.path, authenticate(), validate("query", api.getWebhooks.query), async (c) => {
    const { userId, role } = c.var.actor;
    const { limit, cursor } = c.req.valid("query");
    const rows = await listWebhooks(c.env, {
      ...(!isWorkspaceAdmin(role) && { ownerId: userId }),
      before: cursor === undefined ? undefined : decodeCursor(cursor, api.WebhookId),
      limit: limit + 1,
    });
    return reply(
      c,
      api.getWebhooks,
      toPage(
        rows,
        limit,
        (row) => presentWebhook(row, userId),
        (row) => row.id,
      ),
    );
  })

  .get(api.getWebhook.path, authenticate(), validate("param", api.getWebhook.params), async (c) => {
    const { id } = await requireWebhook(c, c.req.valid("param").webhookId);
    const webhook = unwrap(await callObject(() => senderOf(c, id).describe()));
    return reply(c, api.getWebhook, presentWebhook(webhook, c.var.actor.userId));
  })

  .patch(
    api.updateWebhook.path,
    authenticate(),
    validate("param", api.updateWebhook.params),
    body(api.updateWebhook.body),
    async (c) => {
      const { actor, config } = c.var;
      const change = given(c.req.valid("json"));
      const { webhookId } = c.req.valid("param");
      const isPause = change.active === false && Object.keys(change).length === 1;
      const { id } = await (isPause ? requireWebhook(c, webhookId) : requireOwnWebhook(c, webhookId));
      if (change.url !== undefined) change.url = checkWebhookUrl(config, change.url);
      await requireReadableChannels(c.env, actor, change.channelIds ?? []);
      const webhook = unwrap(await callObject(() => senderOf(c, id).update(change)));
      recordAudit(c, {
        action: "webhook.update",
        objectId: id,
        detail: { changed: Object.keys(change).join(" "), state: webhook.state },
      });
      return reply(c, api.updateWebhook, presentWebhook(webhook, actor.userId));
    },
  )

  .delete(api.deleteWebhook.path, authenticate(), validate("param", api.deleteWebhook.params), async (c) => {
    const { id } = await requireWebhook(c, c.req.valid("param").webhookId);
    unwrap(await callObject(() => senderOf(c, id).remove(id)));
    recordAudit(c, { action: "webhook.delete", objectId: id });
    return reply(c, api.deleteWebhook);
  })

  .post(
    api.rotateWebhookSecret.path,
    authenticate(),
    validate("param", api.rotateWebhookSecret.params),
    async (c) => {
      const { id } = await requireOwnWebhook(c, c.req.valid("param").webhookId);
      // Not repeated: a lost response would replace the former secret by one that no one has.
      const { webhook, secret } = unwrap(await callObject(() => senderOf(c, id).rotate(), { tries: 1 }));
      recordAudit(c, { action: "webhook.rotate", objectId: id });
      return reply(c, api.rotateWebhookSecret, {
        webhook: presentWebhook(webhook, c.var.actor.userId),
        secret,
      });
    },
  )

  .get(
    api.getWebhookDeliveries.path,
    authenticate(),
    validate("param", api.getWebhookDeliveries.params),
    async (c) => {
      const { id } = await requireOwnWebhook(c, c.req.valid("param").webhookId);
      const items = unwrap(await callObject(() => senderOf(c, id).deliveries()));
      return reply(c, api.getWebhookDeliveries, { items, nextCursor: null });
    },
  )

  .post(
    api.redeliverWebhookEvent.path,
    authenticate(),
    validate("param", api.redeliverWebhookEvent.params),
    async (c) => {
      const { webhookId, deliveryId } = c.req.valid("param");
      const { id } = await requireOwnWebhook(c, webhookId);
      const delivery = unwrap(await callObject(() => senderOf(c, id).redeliver(deliveryId), { tries: 1 }));
      return reply(c, api.redeliverWebhookEvent, delivery);
    },
  );
