import {
  addMember,
  archiveChannel,
  createChannel,
  joinChannel,
  leaveChannel,
  markRead,
  openDirectMessage,
  removeMember,
  unarchiveChannel,
  updateChannel,
} from "../../../protocol/index.ts";
import { booleanField, keyField, listField, textField } from "../api/fields.ts";
import { findChannel, positionAt, requireChannelId, requireUserId } from "../find.ts";
import { slackChannelId } from "../ids.ts";
import { defineMethod, type MethodContext, type SlackMethod } from "../api/method.ts";
import { presentChannel } from "../present/channel.ts";
import { slackReject } from "../api/slack-error.ts";
import { parseTs } from "../timestamps.ts";

/** Users that one call of `conversations.invite` adds. */
const maxInvited = 100;

async function present({ api, userId, teamId }: MethodContext, channelId: string) {
  return presentChannel(await findChannel(api, channelId), { viewerId: userId, teamId });
}

/** Makes the code of a method for arguments that the endpoint rejects. */
const ifInvalid = (slackCode: string): Pick<SlackMethod, "codeOf"> => ({
  codeOf: ({ code }) => (code === "validation_failed" ? slackCode : undefined),
});

export const conversationChangeMethods = {
  "conversations.create": defineMethod(
    { name: keyField, is_private: booleanField.optional() },
    async ({ name, is_private: isPrivate = false }, { api, userId, teamId }) => {
      const channel = await api.call(createChannel, { body: { name, isPrivate } });
      return { channel: presentChannel(channel, { viewerId: userId, teamId }) };
    },
    ifInvalid("invalid_name_specials"),
  ),

  "conversations.open": defineMethod(
    { users: listField.optional(), channel: keyField.optional(), return_im: booleanField.optional() },
    async ({ users, channel, return_im: isComplete }, context) => {
      const { api, userId, teamId } = context;
      if (channel !== undefined) {
        const found = await findChannel(api, requireChannelId(channel));
        return { channel: presentChannel(found, { viewerId: userId, teamId }) };
      }
      const userIds = (users ?? slackReject("users_list_not_supplied")).map(requireUserId);
      const others = [...new Set(userIds)].filter((id) => id !== userId);
      const opened = await api.call(openDirectMessage, { body: { userIds: others } });
      return {
        no_op: false,
        already_open: false,
        channel: isComplete
          ? presentChannel(opened, { viewerId: userId, teamId })
          : { id: slackChannelId(opened) },
      };
    },
    ifInvalid("too_many_users"),
  ),

  "conversations.join": defineMethod({ channel: keyField }, async ({ channel }, context) => {
    const channelId = requireChannelId(channel);
    await context.api.call(joinChannel, { params: { channelId } });
    return { channel: await present(context, channelId) };
  }),

  "conversations.leave": defineMethod({ channel: keyField }, async ({ channel }, { api }) => {
    await api.call(leaveChannel, { params: { channelId: requireChannelId(channel) } });
  }),

  "conversations.invite": defineMethod(
    { channel: keyField, users: listField },
    async ({ channel, users }, context) => {
      const channelId = requireChannelId(channel);
      if (users.length === 0) slackReject("no_user");
      if (users.length > maxInvited) slackReject("too_many_users");
      for (const userId of new Set(users.map(requireUserId)))
        await context.api.call(addMember, { params: { channelId }, body: { userId } });
      return { channel: await present(context, channelId) };
    },
  ),

  "conversations.kick": defineMethod(
    { channel: keyField, user: keyField },
    async ({ channel, user }, { api }) => {
      const params = { channelId: requireChannelId(channel), userId: requireUserId(user) };
      await api.call(removeMember, { params });
      return { errors: {} };
    },
  ),

  "conversations.archive": defineMethod({ channel: keyField }, async ({ channel }, { api }) => {
    await api.call(archiveChannel, { params: { channelId: requireChannelId(channel) } });
  }),

  "conversations.unarchive": defineMethod({ channel: keyField }, async ({ channel }, { api }) => {
    await api.call(unarchiveChannel, { params: { channelId: requireChannelId(channel) } });
  }),

  "conversations.rename": defineMethod(
    { channel: keyField, name: keyField },
    async ({ channel, name }, { api, userId, teamId }) => {
      const params = { channelId: requireChannelId(channel) };
      const renamed = await api.call(updateChannel, { params, body: { name } });
      return { channel: presentChannel(renamed, { viewerId: userId, teamId }) };
    },
    ifInvalid("invalid_name"),
  ),

  "conversations.setTopic": defineMethod(
    { channel: keyField, topic: textField },
    async ({ channel, topic }, { api, userId, teamId }) => {
      const params = { channelId: requireChannelId(channel) };
      const changed = await api.call(updateChannel, { params, body: { topic } });
      return { topic, channel: presentChannel(changed, { viewerId: userId, teamId }) };
    },
    ifInvalid("too_long"),
  ),

  "conversations.setPurpose": defineMethod(
    { channel: keyField, purpose: textField },
    async ({ channel, purpose }, { api, userId, teamId }) => {
      const params = { channelId: requireChannelId(channel) };
      const changed = await api.call(updateChannel, { params, body: { description: purpose } });
      return { purpose, channel: presentChannel(changed, { viewerId: userId, teamId }) };
    },
    ifInvalid("too_long"),
  ),

  "conversations.mark": defineMethod(
    { channel: keyField, ts: keyField },
    async ({ channel, ts }, { api }) => {
      const channelId = requireChannelId(channel);
      const seq = await positionAt(api, channelId, parseTs(ts) ?? slackReject("invalid_timestamp"));
      await api.call(markRead, { params: { channelId }, body: { seq } });
    },
  ),
} as const;
