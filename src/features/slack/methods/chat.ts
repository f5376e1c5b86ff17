import {
  createMessage,
  createThread,
  deleteMessage,
  getMessage,
  type Message,
  updateMessage,
} from "../../../protocol/index.ts";
import { booleanField, keyField, textField } from "../fields.ts";
import { findChannel, findMessageId, findTarget, requireChannelId } from "../find.ts";
import { slackChannelId } from "../ids.ts";
import { contentOf } from "../message-text.ts";
import { defineMethod, type MethodContext } from "../method.ts";
import { permalinkOf } from "../permalinks.ts";
import { slackReject } from "../slack-error.ts";
import { slackTs } from "../timestamps.ts";
import { presentOne } from "../view.ts";

/** Returns the id by which Slack's clients know a channel whose id they did not send. */
const idOf = async ({ api }: MethodContext, given: string, channelId: string): Promise<string> =>
  /^[CDG][0-9A-Z]{26}$/.test(given) ? given : slackChannelId(await findChannel(api, channelId));

async function posted(context: MethodContext, given: string, message: Message) {
  return {
    channel: await idOf(context, given, message.channelId),
    ts: slackTs(message),
    message: await presentOne(context, message),
  };
}

export const chatMethods = {
  "chat.postMessage": defineMethod(
    {
      channel: keyField,
      text: textField.optional(),
      thread_ts: keyField.optional(),
      reply_broadcast: booleanField.optional(),
      client_msg_id: keyField.optional(),
    },
    async (
      { channel, text, thread_ts: ts, reply_broadcast: alsoInChannel = false, client_msg_id: nonce },
      context,
    ) => {
      const { api } = context;
      const channelId = await findTarget(api, channel);
      const content = contentOf({ text }, context);
      if (content === "") slackReject("no_text");
      const body = { content, ...(nonce !== undefined && { nonce: nonce.slice(0, 64) }) };
      if (ts === undefined)
        return posted(context, channel, await api.call(createMessage, { params: { channelId }, body }));
      const messageId = await findMessageId(api, channelId, ts, "thread_not_found");
      const params = { channelId, messageId };
      return posted(
        context,
        channel,
        await api.call(createThread, { params, body: { ...body, ...(alsoInChannel && { alsoInChannel }) } }),
      );
    },
  ),

  "chat.update": defineMethod(
    { channel: keyField, ts: keyField, text: textField.optional() },
    async ({ channel, ts, text }, context) => {
      const { api } = context;
      const channelId = requireChannelId(channel);
      const messageId = await findMessageId(api, channelId, ts);
      const content = contentOf({ text }, context);
      const message = await api.call(updateMessage, { params: { channelId, messageId }, body: { content } });
      const result = await posted(context, channel, message);
      return { ...result, text: result.message.text };
    },
  ),

  "chat.delete": defineMethod({ channel: keyField, ts: keyField }, async ({ channel, ts }, { api }) => {
    const channelId = requireChannelId(channel);
    const messageId = await findMessageId(api, channelId, ts);
    await api.call(deleteMessage, { params: { channelId, messageId } });
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
