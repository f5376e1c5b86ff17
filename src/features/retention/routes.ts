import { Hono } from "hono";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireNamedChannel } from "../../http/require-named-channel.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { body, validate } from "../../http/validate.ts";
import { isoTime } from "../../lib/time.ts";
import { getHeldMessages, getRetention, updateRetention } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";

const adminsOnly = requireWorkspaceAction("manageRetention");

/**
 * The routes of retention and legal hold. They apply to every channel with a name, also to private ones that the admin cannot read; direct
 * messages are reached by the workspace's period only, because their ids reveal their members.
 */
export const retentionRoutes = new Hono<AppEnv>()
  .get(getRetention.path, authenticate(), adminsOnly, validate("param", getRetention.params), async (c) => {
    const { channelId } = c.req.valid("param");
    await requireNamedChannel(c.env, channelId);
    const retention = unwrap(await callObject(() => roomOf(c.env, channelId).retention()));
    return reply(c, getRetention, { channelId, ...retention });
  })
  .put(
    updateRetention.path,
    authenticate(),
    adminsOnly,
    validate("param", updateRetention.params),
    body(updateRetention.body),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { days, legalHold } = c.req.valid("json");
      await requireNamedChannel(c.env, channelId);
      const change = { ...(days !== undefined && { days }), ...(legalHold !== undefined && { legalHold }) };
      const retention = unwrap(await callObject(() => roomOf(c.env, channelId).retention(change)));
      recordAudit(c, { action: "channel.update_retention", objectId: channelId, detail: change });
      return reply(c, updateRetention, { channelId, ...retention });
    },
  )
  .get(
    getHeldMessages.path,
    authenticate(),
    adminsOnly,
    validate("param", getHeldMessages.params),
    validate("query", getHeldMessages.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { limit, cursor } = c.req.valid("query");
      await requireNamedChannel(c.env, channelId);
      const after = cursor === undefined ? 0 : decodeCursor(cursor, z.int().min(0));
      const events = unwrap(await callObject(() => roomOf(c.env, channelId).heldEvents(after, limit + 1)));
      recordAudit(c, { action: "channel.read_held_messages", objectId: channelId });
      return reply(
        c,
        getHeldMessages,
        toPage(
          events,
          limit,
          ({ at, data, ...event }) => ({
            ...event,
            at: isoTime(at),
            data: JSON.parse(data) as Record<string, unknown>,
          }),
          ({ seq }) => seq,
        ),
      );
    },
  );
