import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { accountDatabase, channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { memberChannels, readChannel } from "../../http/read-channel.ts";
import { readFromRoom } from "../../http/read-from-room.ts";
import { reply, replyAccepted } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  createThread,
  followThread,
  getThreadMessages,
  getThreads,
  readThread,
  unfollowThread,
} from "../../protocol/index.ts";
import { runTypedRequest } from "../commands/index.ts";
import { listThreads, pageOfThread } from "./queries.ts";

/**
 * The routes of threads. Writes are commands of the channel object, which answers reads of one thread too, unless it runs the previous
 * release; the list of followed threads comes from D1.
 */
export const threadRoutes = new Hono<AppEnv>()
  .get(getThreads.path, authenticateRead(), validate("query", getThreads.query), async (c) => {
    const query = c.req.valid("query");
    const { items, nextCursor } = await readWhileChecking(c, ({ userId }) =>
      listThreads(accountDatabase(c.env), userId, query),
    );
    const mine = await memberChannels(
      c,
      items.map(({ message }) => message.channelId),
    );
    return reply(c, getThreads, {
      items: items.filter(({ message }) => mine.has(message.channelId)),
      nextCursor,
    });
  })
  .post(
    createThread.path,
    authenticate({ deferred: true }),
    validate("param", createThread.params),
    body(createThread.body),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const written = { messageId, ...c.req.valid("json") };
      const run = await runTypedRequest(c, channelId, written);
      if (run) return replyAccepted(c, createThread, run);
      const { data, repeated } = await submitCommand(c, channelId, "threadCreate", written);
      const { message, notNotified } = data;
      return reply(c, createThread, { ...message, ...(notNotified && { notNotified }) }, repeated);
    },
  )
  .get(
    getThreadMessages.path,
    authenticate({ deferred: true }),
    validate("param", getThreadMessages.params),
    validate("query", getThreadMessages.query),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const query = c.req.valid("query");
      return readFromRoom(c, channelId, { kind: "thread", messageId, page: query }, async () => {
        const page = await readChannel(c, channelId, () =>
          pageOfThread(channelDatabase(c.env, channelId), c.var.claims.userId, channelId, messageId, query),
        );
        return reply(c, getThreadMessages, { ...page, root: page.root ?? notFound("message") });
      });
    },
  )
  .put(
    followThread.path,
    authenticate({ deferred: true }),
    validate("param", followThread.params),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      await submitCommand(c, channelId, "threadFollow", { messageId, following: true });
      return reply(c, followThread);
    },
  )
  .delete(
    unfollowThread.path,
    authenticate({ deferred: true }),
    validate("param", unfollowThread.params),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      await submitCommand(c, channelId, "threadFollow", { messageId, following: false });
      return reply(c, unfollowThread);
    },
  )
  .put(
    readThread.path,
    authenticate({ deferred: true }),
    validate("param", readThread.params),
    body(readThread.body),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const { seq } = c.req.valid("json");
      const { data } = await submitCommand(c, channelId, "threadRead", { messageId, seq, markUnread: true });
      return reply(c, readThread, data);
    },
  );
