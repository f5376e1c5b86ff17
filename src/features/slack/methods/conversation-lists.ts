import type { z } from "zod";
import { type ChannelSnapshot, type ChannelType, getChannels, getMembers } from "../../../protocol/index.ts";
import { booleanField, cursorField, keyField, limitField, listField } from "../api/fields.ts";
import { findChannel, joinedChannelIds, requireChannelId } from "../find.ts";
import { slackUserId } from "../ids.ts";
import { defineMethod, nextCursor } from "../api/method.ts";
import { collect } from "../api/pages.ts";
import { presentChannel } from "../present/channel.ts";
import { slackReject } from "../api/slack-error.ts";

const typesOf = {
  public_channel: "public",
  private_channel: "private",
  im: "direct",
  mpim: "group",
} as const satisfies Record<string, ChannelType>;

/** Kinds of conversations, as Slack names them. Default: public channels. */
export const channelTypesField: z.ZodType<Set<ChannelType>> = listField
  .optional()
  .transform((names, context) => {
    const types = new Set<ChannelType>();
    for (const name of names && names.length > 0 ? names : ["public_channel"]) {
      if (Object.hasOwn(typesOf, name)) types.add(typesOf[name as keyof typeof typesOf]);
      else
        context.addIssue({ code: "custom", message: "Must be public_channel, private_channel, im or mpim" });
    }
    return types;
  });

/** The two lists that a page of `conversations.list` is taken from: public channels, then the caller's own. */
const listCursor = /^([pj])(?::(.*))?$/s;

export const conversationListMethods = {
  "conversations.list": defineMethod(
    {
      types: channelTypesField,
      exclude_archived: booleanField.optional(),
      limit: limitField(100),
      cursor: cursorField.optional(),
    },
    async ({ types, exclude_archived: withoutArchived, limit, cursor }, { api, userId, teamId }) => {
      const [, list = types.has("public") ? "p" : "j", at] =
        cursor === undefined ? [] : (listCursor.exec(cursor) ?? slackReject("invalid_cursor"));
      const scope = list === "p" ? "public" : "joined";
      const page = await collect(limit, at, (size, next) =>
        api.call(getChannels, { query: { scope, limit: size, cursor: next } }),
      );
      const joined = list === "p" ? await joinedChannelIds(api) : undefined;
      const isListed = ({ type, archivedAt }: ChannelSnapshot): boolean =>
        types.has(type) &&
        (type === "public") === (list === "p") &&
        !(withoutArchived && archivedAt !== null);
      const hasOthers = types.size > (types.has("public") ? 1 : 0);
      const next =
        page.nextCursor === null ? (list === "p" && hasOthers ? "j" : "") : `${list}:${page.nextCursor}`;
      return {
        channels: page.items
          .filter(isListed)
          .map((channel) =>
            presentChannel(channel, { viewerId: userId, isMember: joined?.has(channel.id) ?? true, teamId }),
          ),
        ...nextCursor(next),
      };
    },
  ),

  "conversations.info": defineMethod({ channel: keyField }, async ({ channel }, { api, userId, teamId }) => {
    const found = await findChannel(api, requireChannelId(channel));
    const joined = await joinedChannelIds(api);
    return { channel: presentChannel(found, { viewerId: userId, isMember: joined.has(found.id), teamId }) };
  }),

  "conversations.members": defineMethod(
    { channel: keyField, limit: limitField(100), cursor: cursorField.optional() },
    async ({ channel, limit, cursor }, { api }) => {
      const channelId = requireChannelId(channel);
      const page = await collect(limit, cursor, (size, at) =>
        api.call(getMembers, { params: { channelId }, query: { limit: size, cursor: at } }),
      );
      return {
        members: page.items.map((member) => slackUserId(member.userId)),
        ...nextCursor(page.nextCursor),
      };
    },
  ),
} as const;
