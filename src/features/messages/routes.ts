import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  createMessage,
  deleteMessage,
  getChannelMessages,
  getMessage,
  getMessageHistory,
  updateMessage,
} from "../../protocol/index.ts";
import { findMessage, pageOfMessages, pageOfVersions, presentMessage } from "./queries.ts";

/** The routes of messages. Writes are commands of the channel object; reads come from D1. */
export const messageRoutes = new Hono<AppEnv>()
  .post(
    createMessage.path,
    authenticate(),
    validate("param", createMessage.params),
    body(createMessage.body),
    async (c) => {
      const { data, repeated } = await submitCommand(
        c,
        c.req.valid("param").channelId,
        "messageCreate",
        c.req.valid("json"),
      );
      const { message, notNotified } = data;
      return reply(c, createMessage, { ...message, ...(notNotified && { notNotified }) }, repeated);
    },
  )
  .get(
    getChannelMessages.path,
    authenticate(),
    validate("param", getChannelMessages.params),
    validate("query", getChannelMessages.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const query = c.req.valid("query");
      return reply(
        c,
        getChannelMessages,
        await readChannel(c, channelId, () =>
          pageOfMessages(channelDatabase(c.env, channelId), c.var.actor.userId, channelId, query),
        ),
      );
    },
  )
  .get(getMessage.path, authenticate(), validate("param", getMessage.params), async (c) => {
    const { channelId, messageId } = c.req.valid("param");
    const { message } = await readChannel(c, channelId, () =>
      findMessage(channelDatabase(c.env, channelId), c.var.actor.userId, channelId, messageId),
    );
    return reply(c, getMessage, presentMessage(message ?? notFound("message")));
  })
  .patch(
    updateMessage.path,
    authenticate(),
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
  .delete(deleteMessage.path, authenticate(), validate("param", deleteMessage.params), async (c) => {
    const { channelId, messageId } = c.req.valid("param");
    await submitCommand(c, channelId, "messageDelete", { messageId });
    return reply(c, deleteMessage);
  })
  .get(
    getMessageHistory.path,
    authenticate(),
    validate("param", getMessageHistory.params),
    validate("query", getMessageHistory.query),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const query = c.req.valid("query");
      const { exists, ...page } = await readChannel(c, channelId, () =>
        pageOfVersions(channelDatabase(c.env, channelId), c.var.actor.userId, channelId, messageId, query),
      );
      return reply(c, getMessageHistory, exists ? page : notFound("message"));
    },
  );
