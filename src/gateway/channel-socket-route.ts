import { Hono } from "hono";
import { randomToken } from "../lib/ids.ts";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { upgradeRequest } from "../sockets/upgrade.ts";
import { authenticateSocket } from "../http/authenticate.ts";
import type { AppEnv } from "../http/context.ts";
import { requireChannelInPath } from "../http/require-visible-channel.ts";
import { acceptsCompact, requireUpgrade } from "../http/upgrade.ts";
import { validate } from "../http/validate.ts";
import { sockets } from "../protocol/index.ts";
import { supervise } from "./room-supervisor.ts";

const { channelRealtime } = sockets;

/** The route of a socket to one channel. Rejections are problem documents, sent before the upgrade. */
export const roomSocketRoutes = new Hono<AppEnv>().get(
  channelRealtime.path,
  requireUpgrade,
  authenticateSocket(),
  validate("param", channelRealtime.params),
  validate("query", channelRealtime.query),
  async (c) => {
    const { config, requestId } = c.var;
    const { channelId } = c.req.valid("param");
    const { since, epoch } = c.req.valid("query");
    await requireChannelInPath(c, channelId);
    const supervisionId = config.ROOM_SOCKETS === "supervised" ? randomToken(16) : undefined;
    const request = upgradeRequest({
      actor: c.var.actor,
      requestId,
      supervisionId,
      since,
      epoch,
      via: "client",
      compact: acceptsCompact(c.req.raw),
    });
    const room = () => roomOf(c.env, channelId);
    if (supervisionId === undefined) return callObject(() => room().fetch(request));
    const connection = new AbortController();
    const { signal } = connection;
    const answer = await callObject(() => room().fetch(request, { signal }));
    if (answer.webSocket)
      c.executionCtx.waitUntil(
        supervise({ room, supervisionId, requestId, endConnection: () => connection.abort() }),
      );
    return answer;
  },
);
