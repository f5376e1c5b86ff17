import { Hono } from "hono";
import { newId } from "../../lib/ids.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { channelDatabase } from "../../db/index.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readAsReader } from "../../http/authenticate-read.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { requireChannelInPath } from "../../http/require-visible-channel.ts";
import { readChannel } from "../../http/read-channel.ts";
import { readFromRoom } from "../../http/read-from-room.ts";
import { reply, replyRaw } from "../../http/reply.ts";
import { restrictionOf } from "../../http/token-permissions.ts";
import { body, validate } from "../../http/validate.ts";
import {
  archiveChannel,
  type Channel,
  type ChannelSnapshot,
  createChannel,
  getChannel,
  getChannelEvents,
  getChannels,
  openDirectMessage as openDirectMessageEndpoint,
  unarchiveChannel,
  updateChannel,
} from "../../protocol/index.ts";
import { announceChannel } from "../event-subscriptions/index.ts";
import { discardReservations, claimName, addToDirectory, rejectDuplicatePrivateName } from "./names.ts";
import { openDirectMessage } from "./open-direct-message.ts";
import { findChannel, listChannels } from "./queries.ts";

const factsOf = async (env: Env, userId: string, channelId: string) =>
  unwrap(await callObject(() => hubOf(env, userId).admitAsMember(channelId, { by: userId })));

const snapshotOf = (channel: Channel, position: { seq: number; epoch: string }): ChannelSnapshot => ({
  ...channel,
  postingPolicy: channel.postingPolicy ?? "everyone",
  ...position,
});

/**
 * The routes of channels. Writes are commands of the channel object, which answers reads of one channel too, unless it runs the previous
 * release; lists come from D1.
 */
export const channelRoutes = new Hono<AppEnv>()
  /**
   * Reserves the name of a public channel, fetches the creator's facts (their hub then stores the channel), then creates the room. A crash
   * in between leaves a claim that `resolveStaleClaims` releases, never two public channels with the same name.
   */
  .post(createChannel.path, authenticate(), body(createChannel.body), async (c) => {
    const { name, isPrivate, topic, description, postingPolicy } = c.req.valid("json");
    const { userId, role } = c.var.actor;
    if (!checkWorkspacePermissions("createChannel", role))
      reject("forbidden", "Guests cannot create channels");
    unwrap(await callObject(() => hubOf(c.env, userId).spendQuota("channels")));
    const id = newId("chn");
    const nameClaim = isPrivate ? null : await claimName(c.env, id, name, { isNew: true });
    if (isPrivate) {
      await rejectDuplicatePrivateName(c.env, userId, name);
      await addToDirectory(c.env, id);
    }
    const facts = await factsOf(c.env, userId, id).catch(async (error: unknown) => {
      await discardReservations(c.env, id, nameClaim);
      throw error;
    });
    const channel = {
      id,
      name,
      type: isPrivate ? ("private" as const) : ("public" as const),
      topic,
      description,
      postingPolicy,
      createdBy: userId,
    };
    const members = [{ role: "owner" as const, facts }];
    const made = await callObject(() => roomOf(c.env, id).create({ channel, nameClaim, members }));
    if (!made.ok) await discardReservations(c.env, id, nameClaim);
    else if (!isPrivate) c.executionCtx.waitUntil(announceChannel(c.env, id));
    return reply(c, createChannel, unwrap(made).channel);
  })
  .get(getChannels.path, authenticateRead(), validate("query", getChannels.query), async (c) => {
    const query = c.req.valid("query");
    const restriction = restrictionOf(c);
    const list = await readAsReader(c, (reader) => listChannels(c.env, reader, query, restriction));
    return reply(c, getChannels, list);
  })
  .get(getChannel.path, authenticate({ deferred: true }), validate("param", getChannel.params), async (c) => {
    const { channelId } = c.req.valid("param");
    return readFromRoom(c, channelId, { kind: "channel" }, async () =>
      reply(
        c,
        getChannel,
        await readChannel(c, channelId, () => findChannel(channelDatabase(c.env, channelId), channelId)),
      ),
    );
  })
  .patch(
    updateChannel.path,
    authenticate({ deferred: true }),
    validate("param", updateChannel.params),
    body(updateChannel.body),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { data, position } = await submitCommand(c, channelId, "channelUpdate", c.req.valid("json"));
      return reply(c, updateChannel, snapshotOf(data.channel, position));
    },
  )
  .delete(
    archiveChannel.path,
    authenticate({ deferred: true }),
    validate("param", archiveChannel.params),
    async (c) => {
      await submitCommand(c, c.req.valid("param").channelId, "channelDelete", {});
      return reply(c, archiveChannel);
    },
  )
  .post(
    unarchiveChannel.path,
    authenticate({ deferred: true }),
    validate("param", unarchiveChannel.params),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { data, position } = await submitCommand(c, channelId, "channelUpdate", { archived: false });
      return reply(c, unarchiveChannel, snapshotOf(data.channel, position));
    },
  )
  .post(openDirectMessageEndpoint.path, authenticate(), body(openDirectMessageEndpoint.body), async (c) => {
    const { channel, made } = await openDirectMessage(c.env, c.var.actor, c.req.valid("json").userIds);
    return reply(c, openDirectMessageEndpoint, channel, !made);
  })
  .get(
    getChannelEvents.path,
    authenticate({ deferred: true }),
    validate("param", getChannelEvents.params),
    validate("query", getChannelEvents.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { after, limit } = c.req.valid("query");
      return readFromRoom(c, channelId, { kind: "events", after, limit }, async () => {
        await requireChannelInPath(c, channelId);
        return replyRaw(
          c,
          unwrap(await callObject(() => roomOf(c.env, channelId).events(c.var.actor, after, limit))),
        );
      });
    },
  );
