import {
  cancelScheduledMessage,
  createEphemeralMessage,
  createScheduledMessage,
  getScheduledMessages,
  limits,
} from "../../../protocol/index.ts";
import { booleanField, cursorField, integerField, keyField, limitField } from "../api/fields.ts";
import { findMessageId, findTarget, idOfChannel, requireChannelId, requireUserId } from "../find.ts";
import { parseSlackId, slackChannelId, slackScheduledId } from "../ids.ts";
import { contentFields, requireContent } from "../message-text.ts";
import { defineMethod, nextCursor } from "../api/method.ts";
import { collect } from "../api/pages.ts";
import { slackReject } from "../api/slack-error.ts";
import { noSlackIds, toMrkdwn } from "../text/index.ts";
import { slackTs, unixSeconds } from "../timestamps.ts";

const requireScheduledId = (text: string): string =>
  parseSlackId("scheduled", text) ?? slackReject("invalid_scheduled_message_id");

export const scheduledMethods = {
  "chat.scheduleMessage": defineMethod(
    {
      channel: keyField,
      post_at: integerField,
      thread_ts: keyField.optional(),
      reply_broadcast: booleanField.optional(),
      ...contentFields,
    },
    async ({ channel, post_at: at, thread_ts: ts, reply_broadcast: alsoInChannel, ...given }, context) => {
      const { api } = context;
      if (at * 1_000 <= Date.now()) slackReject("time_in_past");
      // Beyond this number of seconds there is no `Date`.
      if (at > limits.scheduledDays * 86_400 + Date.now() / 1_000) slackReject("time_too_far");
      const channelId = await findTarget(api, channel);
      const content = await requireContent(given, context);
      const threadId =
        ts === undefined ? undefined : await findMessageId(api, channelId, ts, "thread_not_found");
      const scheduled = await api.call(createScheduledMessage, {
        body: {
          ...{ ...content, channelId, threadId },
          sendAt: new Date(at * 1_000).toISOString(),
          ...(threadId !== undefined && alsoInChannel && { alsoInChannel }),
        },
      });
      return {
        channel: await idOfChannel(api, channel, channelId),
        scheduled_message_id: slackScheduledId(scheduled.id),
        post_at: String(at),
        message: { type: "message", text: given.text ?? "" },
      };
    },
    {
      codeOf: ({ code, issues = [] }) =>
        code === "validation_failed" && issues[0]?.path === "sendAt" ? "time_too_far" : undefined,
    },
  ),

  "chat.deleteScheduledMessage": defineMethod(
    { channel: keyField, scheduled_message_id: keyField },
    async ({ channel, scheduled_message_id: id }, { api }) => {
      requireChannelId(channel);
      await api.call(cancelScheduledMessage, { params: { scheduledMessageId: requireScheduledId(id) } });
    },
    {
      codeOf: ({ code }) =>
        code === "not_found" || code === "conflict" ? "invalid_scheduled_message_id" : undefined,
    },
  ),

  "chat.scheduledMessages.list": defineMethod(
    {
      channel: keyField.optional(),
      oldest: integerField.optional(),
      latest: integerField.optional(),
      limit: limitField(100),
      cursor: cursorField.optional(),
    },
    async ({ channel, oldest = 0, latest = Number.MAX_SAFE_INTEGER, limit, cursor }, { api }) => {
      const channelId = channel === undefined ? undefined : requireChannelId(channel);
      const page = await collect(limit, cursor, (size, at) =>
        api.call(getScheduledMessages, { query: { channelId, limit: size, cursor: at } }),
      );
      return {
        scheduled_messages: page.items.flatMap((message) => {
          const at = unixSeconds(message.sendAt);
          if (at < oldest || at > latest) return [];
          return {
            id: slackScheduledId(message.id),
            channel_id: slackChannelId({ id: message.channelId, type: "public" }),
            post_at: at,
            date_created: unixSeconds(message.createdAt),
            text: toMrkdwn(message.content, noSlackIds),
          };
        }),
        ...nextCursor(page.nextCursor),
      };
    },
  ),

  "chat.postEphemeral": defineMethod(
    { channel: keyField, user: keyField, thread_ts: keyField.optional(), ...contentFields },
    async ({ channel, user, thread_ts: ts, ...given }, context) => {
      const { api } = context;
      const channelId = await findTarget(api, channel);
      const content = await requireContent(given, context);
      const threadId =
        ts === undefined ? undefined : await findMessageId(api, channelId, ts, "thread_not_found");
      const userId = requireUserId(user);
      const message = await api.call(createEphemeralMessage, {
        params: { channelId },
        body: { userId, ...content, ...(threadId !== undefined && { threadId }) },
      });
      // It is in no log, and has no position there.
      return { message_ts: slackTs({ seq: 0, createdAt: message.createdAt }) };
    },
    {
      codeOf: ({ code, detail }) =>
        code === "not_found" && detail !== "No such channel" ? "user_not_in_channel" : undefined,
    },
  ),
} as const;
