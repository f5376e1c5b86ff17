import { sha256Of } from "../../../lib/macs.ts";
import {
  createMessage,
  createThread,
  deleteMessage,
  getMessage,
  type Message,
  updateMessage,
} from "../../../protocol/index.ts";
import { booleanField, keyField, textField } from "../api/fields.ts";
import { findMessageId, findTarget, idOfChannel, requireChannelId } from "../find.ts";
import { contentFields, requireContent } from "../message-text.ts";
import { defineMethod, type MethodContext } from "../api/method.ts";
import { permalinkOf } from "../permalinks.ts";
import { slackTs } from "../timestamps.ts";
import { presentOne } from "../view.ts";

async function posted(context: MethodContext, given: string, message: Message) {
  return {
    channel: await idOfChannel(context.api, given, message.channelId),
    ts: slackTs(message),
    message: await presentOne(context, message),
  };
}

/** The longest nonce of ours. A longer key is replaced by its hash, since keys with the same beginning are different keys. */
const nonceLength = 64;

export const chatMethods = {
  "chat.postMessage": defineMethod(
    {
      channel: keyField,
      thread_ts: keyField.optional(),
      reply_broadcast: booleanField.optional(),
      client_msg_id: keyField.optional(),
      ...contentFields,
    },
    async (
      { channel, thread_ts: ts, reply_broadcast: alsoInChannel, client_msg_id: nonce, ...given },
      context,
    ) => {
      const { api } = context;
      const channelId = await findTarget(api, channel);
      const content = await requireContent(given, context);
      const body = {
        ...content,
        ...(nonce !== undefined && { nonce: nonce.length > nonceLength ? sha256Of(nonce) : nonce }),
      };
      if (ts === undefined)
        return posted(context, channel, await api.call(createMessage, { params: { channelId }, body }));
      const params = { channelId, messageId: await findMessageId(api, channelId, ts, "thread_not_found") };
      const reply = { ...body, ...(alsoInChannel && { alsoInChannel }) };
      return posted(context, channel, await api.call(createThread, { params, body: reply }));
    },
  ),

  "chat.meMessage": defineMethod(
    { channel: keyField, text: textField },
    async ({ channel, text }, context) => {
      const { api } = context;
      const channelId = await findTarget(api, channel);
      const { content } = await requireContent({ text }, context);
      const message = await api.call(createMessage, { params: { channelId }, body: { content, kind: "me" } });
      return { channel: await idOfChannel(api, channel, channelId), ts: slackTs(message) };
    },
  ),

  "chat.update": defineMethod(
    { channel: keyField, ts: keyField, ...contentFields },
    async ({ channel, ts, ...given }, context) => {
      const { api } = context;
      const channelId = requireChannelId(channel);
      const params = { channelId, messageId: await findMessageId(api, channelId, ts) };
      // The sender of a message can't be changed.
      const { sender: _, ...content } = await requireContent(given, context);
      const result = await posted(context, channel, await api.call(updateMessage, { params, body: content }));
      return { ...result, text: result.message.text };
    },
  ),

  "chat.delete": defineMethod({ channel: keyField, ts: keyField }, async ({ channel, ts }, { api }) => {
    const channelId = requireChannelId(channel);
    await api.call(deleteMessage, {
      params: { channelId, messageId: await findMessageId(api, channelId, ts) },
    });
    return { channel, ts };
  }),

  "chat.getPermalink": defineMethod(
    { channel: keyField, message_ts: keyField },
    async ({ channel, message_ts: ts }, context) => {
      const { api } = context;
      const channelId = requireChannelId(channel);
      const messageId = await findMessageId(api, channelId, ts);
      const message = await api.call(getMessage, { params: { channelId, messageId } });
      return { channel, permalink: permalinkOf(context, message) };
    },
  ),
} as const;
