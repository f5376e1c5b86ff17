import { type Context, Hono } from "hono";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { requireScope } from "../../domain/token-grant.ts";
import type { SubscriptionChange, SubscriptionRecord } from "../../domain/event-subscriptions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import { defined } from "../../lib/defined.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, webhookSenderOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import {
  checkSubscriptionUrl,
  createEventSubscription,
  requireReadableChannels,
} from "./create-subscription.ts";
import { presentSubscription } from "./present.ts";
import { findSubscription, listSubscriptions } from "./queries.ts";

/** Returns a subscription of the user; for the owner and admins of the workspace, any. D1 confirms that its object exists. @throws `not_found` */
async function requireSubscription(c: Context<AppEnv>, subscriptionId: string): Promise<SubscriptionRecord> {
  const { userId, role } = c.var.actor;
  const subscription = await findSubscription(c.env, subscriptionId);
  return subscription && (subscription.ownerId === userId || isWorkspaceAdmin(role))
    ? subscription
    : notFound("subscription");
}

/** As `requireSubscription`, for what would let a user receive what another one may read. @throws `not_found`; `forbidden` for a subscription of another */
async function requireOwnSubscription(
  c: Context<AppEnv>,
  subscriptionId: string,
): Promise<SubscriptionRecord> {
  const subscription = await requireSubscription(c, subscriptionId);
  if (subscription.ownerId !== c.var.actor.userId)
    reject("forbidden", "Only its owner can do this; you can pause or delete it");
  return subscription;
}

const senderOf = (c: Context<AppEnv>, subscriptionId: string) => webhookSenderOf(c.env, subscriptionId);

/** The routes of subscriptions that are sent events. */
export const eventSubscriptionRoutes = new Hono<AppEnv>()
  .post(
    api.createEventSubscription.path,
    authenticate(),
    body(api.createEventSubscription.body),
    async (c) => {
      const { channelIds = null, ...rest } = c.req.valid("json");
      const { actor, config } = c.var;
      const { subscription, secret } = await createEventSubscription(c.env, config, actor, {
        ...rest,
        channelIds,
      });
      recordAudit(c, {
        action: "event_subscription.create",
        objectId: subscription.id,
        detail: { host: new URL(subscription.url).host, channels: channelIds?.length ?? "public" },
      });
      return reply(c, api.createEventSubscription, {
        subscription: presentSubscription(subscription, actor.userId),
        secret,
      });
    },
  )

  .get(
    api.getEventSubscriptions.path,
    authenticate(),
    validate("query", api.getEventSubscriptions.query),
    async (c) => {
      const { userId, role } = c.var.actor;
      const { limit, cursor } = c.req.valid("query");
      const rows = await listSubscriptions(c.env, {
        ...(!isWorkspaceAdmin(role) && { ownerId: userId }),
        before: cursor === undefined ? undefined : decodeCursor(cursor, api.EventSubscriptionId),
        limit: limit + 1,
      });
      return reply(
        c,
        api.getEventSubscriptions,
        toPage(
          rows,
          limit,
          (row) => presentSubscription(row, userId),
          (row) => row.id,
        ),
      );
    },
  )

  .get(
    api.getEventSubscription.path,
    authenticate(),
    validate("param", api.getEventSubscription.params),
    async (c) => {
      const { id } = await requireSubscription(c, c.req.valid("param").subscriptionId);
      const subscription = unwrap(await callObject(() => senderOf(c, id).describe()));
      return reply(c, api.getEventSubscription, presentSubscription(subscription, c.var.actor.userId));
    },
  )

  .patch(
    api.updateEventSubscription.path,
    authenticate(),
    validate("param", api.updateEventSubscription.params),
    body(api.updateEventSubscription.body),
    async (c) => {
      const { actor, config } = c.var;
      const change: SubscriptionChange = defined(c.req.valid("json"));
      const { subscriptionId } = c.req.valid("param");
      const isPause = change.active === false && Object.keys(change).length === 1;
      const { id } = await (isPause
        ? requireSubscription(c, subscriptionId)
        : requireOwnSubscription(c, subscriptionId));
      // The receiver gets what the owner may read, so a token without this scope may not change the events, the channels or the URL.
      if (!isPause) requireScope(actor.grant, "read");
      if (change.url !== undefined) change.url = checkSubscriptionUrl(config, change.url);
      await requireReadableChannels(c.env, actor, change.channelIds ?? []);
      const subscription = unwrap(await callObject(() => senderOf(c, id).update(change)));
      recordAudit(c, {
        action: "event_subscription.update",
        objectId: id,
        detail: { changed: Object.keys(change).join(" "), state: subscription.state },
      });
      return reply(c, api.updateEventSubscription, presentSubscription(subscription, actor.userId));
    },
  )

  .delete(
    api.deleteEventSubscription.path,
    authenticate(),
    validate("param", api.deleteEventSubscription.params),
    async (c) => {
      const { id } = await requireSubscription(c, c.req.valid("param").subscriptionId);
      unwrap(await callObject(() => senderOf(c, id).remove(id)));
      recordAudit(c, { action: "event_subscription.delete", objectId: id });
      return reply(c, api.deleteEventSubscription);
    },
  )

  .post(
    api.rotateSubscriptionSecret.path,
    authenticate(),
    validate("param", api.rotateSubscriptionSecret.params),
    async (c) => {
      const { id } = await requireOwnSubscription(c, c.req.valid("param").subscriptionId);
      // Not repeated: a lost response would replace the former secret by one that the owner does not have.
      const { subscription, secret } = unwrap(await callObject(() => senderOf(c, id).rotate(), { tries: 1 }));
      recordAudit(c, { action: "event_subscription.rotate_secret", objectId: id });
      return reply(c, api.rotateSubscriptionSecret, {
        subscription: presentSubscription(subscription, c.var.actor.userId),
        secret,
      });
    },
  )

  .get(
    api.getEventDeliveries.path,
    authenticate(),
    validate("param", api.getEventDeliveries.params),
    async (c) => {
      const { id } = await requireOwnSubscription(c, c.req.valid("param").subscriptionId);
      const items = unwrap(await callObject(() => senderOf(c, id).deliveries()));
      return reply(c, api.getEventDeliveries, { items, nextCursor: null });
    },
  )

  .post(api.redeliverEvent.path, authenticate(), validate("param", api.redeliverEvent.params), async (c) => {
    const { subscriptionId, deliveryId } = c.req.valid("param");
    const { id } = await requireOwnSubscription(c, subscriptionId);
    const delivery = unwrap(await callObject(() => senderOf(c, id).redeliver(deliveryId), { tries: 1 }));
    return reply(c, api.redeliverEvent, delivery);
  });
