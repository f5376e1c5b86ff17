import { Hono } from "hono";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { requireLimited, upgradeRequest } from "../sockets/upgrade.ts";
import { authenticateSocket } from "../http/authenticate.ts";
import type { AppEnv } from "../http/context.ts";
import { requireChannelInPath } from "../http/require-visible-channel.ts";
import { acceptsCompact, requireUpgrade } from "../http/upgrade.ts";
import { validate } from "../http/validate.ts";
import { sockets } from "../protocol/index.ts";
import { supervise, type SupervisedSocket } from "./room-supervisor.ts";

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
    const room = () => roomOf(c.env, channelId);
    const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const supervised =
      config.ROOM_SOCKETS === "supervised"
        ? await supervise({ channelId, room, requestId, waitUntil })
        : undefined;
    const request = upgradeRequest({
      actor: c.var.actor,
      attachment: c.var.attachment,
      requestId,
      supervisionId: supervised?.supervisionId,
      since,
      epoch,
      via: "client",
      compact: acceptsCompact(c.req.raw),
    });
    if (!supervised) {
      const answer = await callObject(() => room().fetch(request));
      requireLimited(answer, c.var.actor);
      return answer;
    }
    const connection = new AbortController();
    const { signal } = connection;
    try {
      const answer = await callObject(() => room().fetch(request, { signal }));
      requireLimited(answer, c.var.actor);
      if (answer.webSocket) waitUntil(endWhenClosed(supervised, connection));
      else supervised.release();
      return answer;
    } catch (error) {
      supervised.release();
      throw error;
    }
  },
);

/** Outside the handler, so that a connection does not keep the handler's variables in memory. */
async function endWhenClosed(supervised: SupervisedSocket, connection: AbortController): Promise<void> {
  if (await supervised.closed()) connection.abort();
}
