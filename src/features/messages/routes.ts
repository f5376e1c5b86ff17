import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import { readFromRoom } from "../../http/read-from-room.ts";
import { reply, replyAccepted } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  createMessage,
  deleteMessage,
  getChannelMessages,
  getMessage,
  getMessageHistory,
  updateMessage,
} from "../../protocol/index.ts";
import { runTypedRequest } from "../commands/index.ts";
import { findMessage, pageOfMessages, pageOfVersions, presentMessage } from "./queries.ts";

/**
 * The routes of messages. Writes are commands of the channel object, which answers reads too; the versions of a message come from D1, as all
 * reads do while the object runs the previous release.
 */
export const messageRoutes = new Hono<AppEnv>()
  .post(
    createMessage.path,
    authenticate({ deferred: true }),
    validate("param", createMessage.params),
    body(createMessage.body),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const written = c.req.valid("json");
      const run = await runTypedRequest(c, channelId, written);
      if (run) return replyAccepted(c, createMessage, run);
      const { data, repeated } = await submitCommand(c, channelId, "messageCreate", written);
      const { message, notNotified } = data;
      return reply(c, createMessage, { ...message, ...(notNotified && { notNotified }) }, repeated);
    },
  )
  .get(
    getChannelMessages.path,
    authenticate({ deferred: true }),
    validate("param", getChannelMessages.params),
    validate("query", getChannelMessages.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const query = c.req.valid("query");
      return readFromRoom(c, channelId, { kind: "messages", page: query }, async () =>
        reply(
          c,
          getChannelMessages,
          await readChannel(c, channelId, () =>
            pageOfMessages(channelDatabase(c.env, channelId), c.var.claims.userId, channelId, query),
          ),
        ),
      );
    },
  )
  .get(getMessage.path, authenticate({ deferred: true }), validate("param", getMessage.params), async (c) => {
    const { channelId, messageId } = c.req.valid("param");
    return readFromRoom(c, channelId, { kind: "message", messageId }, async () => {
      const { message } = await readChannel(c, channelId, () =>
        findMessage(channelDatabase(c.env, channelId), c.var.claims.userId, channelId, messageId),
      );
      return reply(c, getMessage, presentMessage(message ?? notFound("message")));
    });
  })
  .patch(
    updateMessage.path,
    authenticate({ deferred: true }),
    validate("param", updateMessage.params),
    body(updateMessage.body),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const { data } = await submitCommand(c, channelId, "messageUpdate", {
        messageId,
        ...c.req.valid("json"),
      });
      const { message, notNotified } = data;
      return reply(c, updateMessage, { ...message, ...(notNotified && { notNotified }) });
    },
  )
  .delete(
    deleteMessage.path,
    authenticate({ deferred: true }),
    validate("param", deleteMessage.params),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      await submitCommand(c, channelId, "messageDelete", { messageId });
      return reply(c, deleteMessage);
    },
  )
  .get(
    getMessageHistory.path,
    authenticate({ deferred: true }),
    validate("param", getMessageHistory.params),
    validate("query", getMessageHistory.query),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const query = c.req.valid("query");
      const { exists, ...page } = await readChannel(
        c,
        channelId,
        () =>
          pageOfVersions(channelDatabase(c.env, channelId), c.var.claims.userId, channelId, messageId, query),
        { isFound: (found) => found.exists },
      );
      return reply(c, getMessageHistory, exists ? page : notFound("message"));
    },
  );
