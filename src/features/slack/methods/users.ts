import {
  getChannels,
  getMe,
  getUser,
  getUserByEmail,
  getUserPresence,
  getUsers,
  updateUserStatus,
} from "../../../protocol/index.ts";
import { booleanField, cursorField, keyField, limitField } from "../api/fields.ts";
import { requireUserId } from "../find.ts";
import { slackUserId } from "../ids.ts";
import { defineMethod, nextCursor } from "../api/method.ts";
import { collect } from "../api/pages.ts";
import { presentChannel } from "../present/channel.ts";
import { presentUser } from "../present/user.ts";
import { slackReject } from "../api/slack-error.ts";
import { channelTypesField } from "./conversation-lists.ts";
import { unixSeconds } from "../timestamps.ts";

export const userMethods = {
  "users.list": defineMethod(
    { limit: limitField(200), cursor: cursorField.optional() },
    async ({ limit, cursor }, { api, teamId }) => {
      const page = await collect(limit, cursor, (size, at) =>
        api.call(getUsers, { query: { limit: size, cursor: at } }),
      );
      return {
        members: page.items.map((user) => presentUser(user, teamId, api.origin)),
        cache_ts: Math.floor(Date.now() / 1_000),
        ...nextCursor(page.nextCursor),
      };
    },
  ),

  "users.info": defineMethod({ user: keyField }, async ({ user }, { api, userId, teamId }) => {
    const id = requireUserId(user);
    const found = id === userId ? await api.call(getMe) : await api.call(getUser, { params: { userId: id } });
    return { user: presentUser(found, teamId, api.origin) };
  }),

  "users.lookupByEmail": defineMethod(
    { email: keyField },
    async ({ email }, { api, teamId }) => {
      const found = await api.call(getUserByEmail, { query: { email } });
      return { user: presentUser({ ...found, email }, teamId, api.origin) };
    },
    {
      codeOf: ({ code }) =>
        code === "not_found" || code === "validation_failed" ? "users_not_found" : undefined,
    },
  ),

  "users.conversations": defineMethod(
    {
      user: keyField.optional(),
      types: channelTypesField,
      exclude_archived: booleanField.optional(),
      limit: limitField(100),
      cursor: cursorField.optional(),
    },
    async ({ user, types, exclude_archived: withoutArchived, limit, cursor }, { api, userId, teamId }) => {
      // Only one's own channels are known; those of others are not revealed.
      if (user !== undefined && user !== slackUserId(userId)) slackReject("user_not_found");
      const page = await collect(limit, cursor, (size, at) =>
        api.call(getChannels, { query: { scope: "joined", limit: size, cursor: at } }),
      );
      return {
        channels: page.items
          .filter(({ type, archivedAt }) => types.has(type) && !(withoutArchived && archivedAt !== null))
          .map((channel) => presentChannel(channel, { viewerId: userId, teamId })),
        ...nextCursor(page.nextCursor),
      };
    },
  ),

  "users.getPresence": defineMethod({ user: keyField.optional() }, async ({ user }, { api, userId }) => {
    const id = user === undefined ? userId : requireUserId(user);
    const { presence, lastActiveAt } = await api.call(getUserPresence, { params: { userId: id } });
    const isOnline = presence === "online" || presence === "dnd";
    return {
      presence: isOnline ? "active" : "away",
      online: isOnline,
      auto_away: presence === "away",
      manual_away: false,
      connection_count: isOnline ? 1 : 0,
      ...(lastActiveAt !== null && { last_activity: unixSeconds(lastActiveAt) }),
    };
  }),

  "users.setPresence": defineMethod({ presence: keyField }, async ({ presence }, { api }) => {
    const chosen = presence === "away" ? "away" : presence === "auto" ? "auto" : undefined;
    if (chosen === undefined) slackReject("invalid_presence");
    await api.call(updateUserStatus, { body: { presence: chosen } });
  }),
} as const;
