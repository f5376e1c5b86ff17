import {
  addReaction,
  getMessage,
  getPins,
  getReactions,
  pinMessage,
  removeReaction,
  unpinMessage,
} from "../../../protocol/index.ts";
import { toReaction } from "../../../text/emoji.ts";
import { keyField } from "../api/fields.ts";
import { findMessageId, requireChannelId } from "../find.ts";
import { slackUserId } from "../ids.ts";
import { defineMethod } from "../api/method.ts";
import { collect } from "../api/pages.ts";
import type { ParleyApi } from "../api/parley-api.ts";
import { emojiOfName, nameOfEmoji } from "../present/emoji.ts";
import { slackReject } from "../api/slack-error.ts";
import { presentMessages, presentOne } from "../view.ts";
import { unixSeconds } from "../timestamps.ts";

const item = { channel: keyField, timestamp: keyField };

interface Item {
  channel: string;
  timestamp: string;
}

async function messageOf(api: ParleyApi, { channel, timestamp }: Item) {
  const channelId = requireChannelId(channel);
  return { channelId, messageId: await findMessageId(api, channelId, timestamp) };
}

async function reactionOf(api: ParleyApi, name: string, at: Item) {
  // A name that Unicode does not have may be that of a custom emoji.
  const emoji = (await emojiOfName(name)) ?? toReaction(`:${name}:`) ?? slackReject("invalid_name");
  return { ...(await messageOf(api, at)), emoji };
}

/** Reactions of one message that `reactions.get` lists with their users. */
const maxListed = 1_000;

async function reactionsByEmoji(api: ParleyApi, params: { channelId: string; messageId: string }) {
  const { items } = await collect(maxListed, undefined, (limit, cursor) =>
    api.call(getReactions, { params, query: { limit, cursor } }),
  );
  return Map.groupBy(items, ({ emoji }) => emoji);
}

export const reactionMethods = {
  "reactions.add": defineMethod({ name: keyField, ...item }, async ({ name, ...at }, { api }) => {
    await api.call(addReaction, { params: await reactionOf(api, name, at) });
  }),

  "reactions.remove": defineMethod({ name: keyField, ...item }, async ({ name, ...at }, { api }) => {
    await api.call(removeReaction, { params: await reactionOf(api, name, at) });
  }),

  "reactions.get": defineMethod(item, async (at, context) => {
    const { api } = context;
    const params = await messageOf(api, at);
    const message = await api.call(getMessage, { params });
    const users = await reactionsByEmoji(api, params);
    const reactions = await Promise.all(
      message.reactions.map(async ({ emoji, count }) => ({
        name: await nameOfEmoji(emoji),
        count,
        users: (users.get(emoji) ?? []).map(({ userId }) => slackUserId(userId)),
      })),
    );
    return {
      type: "message",
      channel: at.channel,
      message: { ...(await presentOne(context, message)), ...(reactions.length > 0 && { reactions }) },
    };
  }),
} as const;

export const pinMethods = {
  "pins.add": defineMethod(item, async (at, { api }) => {
    await api.call(pinMessage, { params: await messageOf(api, at) });
  }),

  "pins.remove": defineMethod(item, async (at, { api }) => {
    await api.call(unpinMessage, { params: await messageOf(api, at) });
  }),

  "pins.list": defineMethod({ channel: keyField }, async ({ channel }, context) => {
    const channelId = requireChannelId(channel);
    const { items } = await context.api.call(getPins, { params: { channelId }, query: { limit: 100 } });
    const messages = await presentMessages(context, channelId, items);
    return {
      items: items.map(({ pinnedAt, pinnedBy }, index) => ({
        type: "message",
        channel,
        created: unixSeconds(pinnedAt),
        created_by: slackUserId(pinnedBy),
        message: { ...messages[index], pinned_to: [channel] },
      })),
    };
  }),
} as const;
