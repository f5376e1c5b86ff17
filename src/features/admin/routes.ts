import { and, asc, gt } from "drizzle-orm";
import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { accountDatabase, channelDirectory } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { isNamedInDirectory, requireNamedChannel } from "../../http/require-named-channel.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import {
  ChannelId,
  getAdminChannels,
  getAllChannelIds,
  getDirectMessagesProjection,
  getProjection,
  getStorage,
  getUserStorage,
  reindexChannel,
  reindexDirectMessages,
  reprojectChannel,
  reprojectDirectMessages,
} from "../../protocol/index.ts";
import { listChannels } from "./list-channels.ts";
import { listUserStorage, readStorage } from "./storage.ts";
import { directMessagesProgress, rebuildDirectMessages } from "./direct-messages.ts";

/** Of the endpoints with `maintain`, which never reveal content: responses contain only ids of named channels, log positions and counts. */
const requireMaintain = requireWorkspaceAction("maintain");

/** Of the lists, which contain names and the activity of channels that the reader can read. */
const requireInspect = requireWorkspaceAction("inspectWorkspace");

async function channelProgress(env: Env, channelId: string) {
  const { head, recorded, indexed } = await callObject(() =>
    roomOf(env, channelId).progress({ direct: false }),
  );
  if (head === 0) notFound("channel");
  return { channelId, seq: head, recordedSeq: recorded, indexedSeq: indexed };
}

/** The routes of maintenance: lists of what there is, rebuilding projections and reading their progress. */
export const adminRoutes = new Hono<AppEnv>()
  .get(
    getAllChannelIds.path,
    authenticate(),
    requireMaintain,
    validate("query", getAllChannelIds.query),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const { channelId } = channelDirectory;
      const after = cursor ? gt(channelId, decodeCursor(cursor, ChannelId)) : undefined;
      const rows = await accountDatabase(c.env)
        .select({ channelId })
        .from(channelDirectory)
        .where(and(isNamedInDirectory, after))
        .orderBy(asc(channelId))
        .limit(limit + 1);
      return reply(
        c,
        getAllChannelIds,
        toPage(
          rows,
          limit,
          (row) => row,
          (row) => row.channelId,
        ),
      );
    },
  )
  .get(
    getAdminChannels.path,
    authenticate(),
    requireInspect,
    validate("query", getAdminChannels.query),
    async (c) =>
      reply(c, getAdminChannels, await listChannels(c.env, c.var.actor.userId, c.req.valid("query"))),
  )
  .get(getStorage.path, authenticate(), requireInspect, async (c) =>
    reply(c, getStorage, await readStorage(c.env, c.var.config)),
  )
  .get(
    getUserStorage.path,
    authenticate(),
    requireInspect,
    validate("query", getUserStorage.query),
    async (c) => reply(c, getUserStorage, await listUserStorage(c.env, c.req.valid("query"))),
  )
  .get(
    getProjection.path,
    authenticate(),
    requireMaintain,
    validate("param", getProjection.params),
    async (c) => {
      const { channelId } = c.req.valid("param");
      await requireNamedChannel(c.env, channelId);
      return reply(c, getProjection, await channelProgress(c.env, channelId));
    },
  )
  .post(
    reprojectChannel.path,
    authenticate(),
    requireMaintain,
    validate("param", reprojectChannel.params),
    async (c) => {
      const { channelId } = c.req.valid("param");
      await requireNamedChannel(c.env, channelId);
      unwrap(await callObject(() => roomOf(c.env, channelId).reproject({ direct: false })));
      return reply(c, reprojectChannel, await channelProgress(c.env, channelId));
    },
  )
  .post(
    reindexChannel.path,
    authenticate(),
    requireMaintain,
    validate("param", reindexChannel.params),
    async (c) => {
      const { channelId } = c.req.valid("param");
      await requireNamedChannel(c.env, channelId);
      unwrap(await callObject(() => roomOf(c.env, channelId).reindex({ direct: false })));
      return reply(c, reindexChannel, await channelProgress(c.env, channelId));
    },
  )
  .post(
    reprojectDirectMessages.path,
    authenticate(),
    requireMaintain,
    validate("query", reprojectDirectMessages.query),
    async (c) => {
      const { cursor } = c.req.valid("query");
      return reply(c, reprojectDirectMessages, await rebuildDirectMessages(c.env, cursor, "reproject"));
    },
  )
  .post(
    reindexDirectMessages.path,
    authenticate(),
    requireMaintain,
    validate("query", reindexDirectMessages.query),
    async (c) => {
      const { cursor } = c.req.valid("query");
      return reply(c, reindexDirectMessages, await rebuildDirectMessages(c.env, cursor, "reindex"));
    },
  )
  .get(
    getDirectMessagesProjection.path,
    authenticate(),
    requireMaintain,
    validate("query", getDirectMessagesProjection.query),
    async (c) =>
      reply(c, getDirectMessagesProjection, await directMessagesProgress(c.env, c.req.valid("query").cursor)),
  );
