import { Hono } from "hono";
import { accountDatabase } from "../../db/index.ts";
import { reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { deviceOf } from "../../http/device.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { findUser } from "../users/index.ts";
import { checkSubscription } from "./check-subscription.ts";
import { isPushOn, pushPublicKey } from "./vapid.ts";

/** The routes of Web Push. The user's hub stores subscriptions and settings, and sends the pushes. */
export const pushRoutes = new Hono<AppEnv>()
  .get(api.getWebPush.path, authenticate(), (c) =>
    reply(c, api.getWebPush, { publicKey: pushPublicKey(c.var.config) }),
  )

  .post(api.createPushSubscription.path, authenticate(), body(api.createPushSubscription.body), async (c) => {
    const { actor, config } = c.var;
    if (!isPushOn(config)) reject("conflict", "This server sends no pushes");
    const subscription = await checkSubscription(config, c.req.valid("json"), {
      defaultDevice: deviceOf(c.req.raw).device,
      nowMs: Date.now(),
    });
    const stored = await callObject(() =>
      hubOf(c.env, actor.userId).putPushSubscription(actor.sessionId, subscription),
    );
    const { subscription: created, repeated } = unwrap(stored);
    return reply(c, api.createPushSubscription, created, repeated);
  })

  .get(api.getPushSubscriptions.path, authenticateRead(), async (c) => {
    const items = await readWhileChecking(c, ({ userId, sessionId }) =>
      callObject(() => hubOf(c.env, userId).listPushSubscriptions(sessionId)),
    );
    return reply(c, api.getPushSubscriptions, { items: unwrap(items), nextCursor: null });
  })

  .delete(
    api.deletePushSubscription.path,
    authenticate(),
    validate("param", api.deletePushSubscription.params),
    async (c) => {
      const { pushSubscriptionId } = c.req.valid("param");
      const { userId } = c.var.actor;
      const deleted = callObject(() => hubOf(c.env, userId).deletePushSubscription(pushSubscriptionId), {
        tries: 1,
      });
      unwrap(await deleted);
      return reply(c, api.deletePushSubscription);
    },
  )

  .get(api.getNotificationSettings.path, authenticateRead(), async (c) => {
    const settings = await readWhileChecking(c, ({ userId }) =>
      callObject(() => hubOf(c.env, userId).notificationSettings()),
    );
    return reply(c, api.getNotificationSettings, unwrap(settings));
  })

  .put(
    api.updateNotificationSettings.path,
    authenticate(),
    body(api.updateNotificationSettings.body),
    async (c) => {
      const change = c.req.valid("json");
      const { userId } = c.var.actor;
      // The hub has no time zone before the first settings; later it receives changes of the profile.
      const row = await findUser(accountDatabase(c.env), userId);
      const zone = { timeZone: row?.timeZone ?? null, rev: row?.rev ?? 0 };
      const settings = await callObject(() => hubOf(c.env, userId).setNotificationSettings(change, zone));
      return reply(c, api.updateNotificationSettings, unwrap(settings));
    },
  );
