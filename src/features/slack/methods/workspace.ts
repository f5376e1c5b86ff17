import {
  compatibilityRoutes,
  createTicket,
  getCustomEmoji,
  getMe,
  getUser,
  getWorkspace,
} from "../../../protocol/index.ts";
import { keyField } from "../api/fields.ts";
import { parseSlackId, slackAppId, slackBotId, slackTeamDomain, slackUserId } from "../ids.ts";
import { defineMethod } from "../api/method.ts";
import { collect } from "../api/pages.ts";
import { slackReject } from "../api/slack-error.ts";
import { encodeEntities } from "../text/index.ts";
import { sealSocketTicket } from "../tickets.ts";
import { unixSeconds } from "../timestamps.ts";

export const workspaceMethods = {
  "api.test": defineMethod(
    { error: keyField.optional() },
    ({ error }) => {
      if (error !== undefined) slackReject(error);
      return { args: {} };
    },
    { isPublic: true },
  ),

  "auth.test": defineMethod({}, async (_, { api, config, teamId }) => {
    const me = await api.call(getMe);
    return {
      url: `${api.origin}/`,
      team: config.WORKSPACE_NAME,
      team_id: teamId,
      user: me.username,
      user_id: slackUserId(me.id),
      ...(me.isBot && { bot_id: slackBotId(me.id), app_id: slackAppId(me.id) }),
      is_enterprise_install: false,
    };
  }),

  "apps.connections.open": defineMethod({}, async (_, { api, config, token }) => {
    const { ticket } = await api.call(createTicket);
    const sealed = await sealSocketTicket(config, { ticket, token });
    const url = new URL(compatibilityRoutes.slackSocket.path, api.origin);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("ticket", sealed);
    return { url: url.href };
  }),

  "team.info": defineMethod({}, async (_, { api, config, teamId }) => {
    // Also checks that the session is live.
    await api.call(getWorkspace);
    const domain = slackTeamDomain(config);
    return {
      team: { id: teamId, name: config.WORKSPACE_NAME, domain, email_domain: "", url: `${api.origin}/` },
    };
  }),

  "emoji.list": defineMethod({}, async (_, { api }) => {
    const { items } = await collect(Infinity, undefined, (limit, cursor) =>
      api.call(getCustomEmoji, { query: { limit, cursor } }),
    );
    const emoji = Object.fromEntries(
      items.map(({ name, aliasOf, imageUrl }) => [
        name,
        aliasOf === null ? `${api.origin}${imageUrl}` : `alias:${aliasOf}`,
      ]),
    );
    return { emoji, cache_ts: String(Math.floor(Date.now() / 1_000)) };
  }),

  "bots.info": defineMethod({ bot: keyField }, async ({ bot }, { api }) => {
    const userId = parseSlackId("bot", bot) ?? slackReject("bot_not_found");
    const user = await api.call(getUser, { params: { userId } });
    if (!user.isBot) slackReject("bot_not_found");
    return {
      bot: {
        id: slackBotId(user.id),
        app_id: slackAppId(user.id),
        user_id: slackUserId(user.id),
        name: encodeEntities(user.displayName),
        deleted: !user.active,
        updated: unixSeconds(user.createdAt),
        icons: {},
      },
    };
  }),
} as const;

const noDialogs = () =>
  slackReject(
    "not_supported",
    "Parley has no modal dialogs and no home tabs: ask in a message, or with a slash command",
  );

/** Methods that exist in Slack's API, have no counterpart here, and answer so rather than with `unknown_method`. */
export const rejectedMethods = {
  "views.open": defineMethod({}, noDialogs),
  "views.push": defineMethod({}, noDialogs),
  "views.update": defineMethod({}, noDialogs),
  "views.publish": defineMethod({}, noDialogs),
} as const;
