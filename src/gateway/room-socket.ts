import { Hono } from "hono";
import { callObject, roomOf } from "../core/objects.ts";
import { upgradeRequest } from "../core/upgrade.ts";
import { authenticateSocket } from "../http/authenticate.ts";
import type { AppEnv } from "../http/context.ts";
import { requireRoom } from "../http/reach-room.ts";
import { upgradeOnly } from "../http/upgrade.ts";
import { validate } from "../http/validate.ts";
import { sockets } from "../protocol/index.ts";

const { channelRealtime } = sockets;

/** The door to one room's socket. Refusals are problems, given before the upgrade. */
export const roomSocketRoutes = new Hono<AppEnv>().get(
  channelRealtime.path,
  upgradeOnly,
  authenticateSocket(),
  validate("param", channelRealtime.params),
  validate("query", channelRealtime.query),
  async (c) => {
    const { channelId } = c.req.valid("param");
    const { since, epoch } = c.req.valid("query");
    await requireRoom(c, channelId);
    const request = upgradeRequest({
      actor: c.var.actor,
      requestId: c.var.requestId,
      since,
      epoch,
      via: "client",
    });
    return callObject(() => roomOf(c.env, channelId).fetch(request));
  },
);
