import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { addReaction, getReactions, removeReaction } from "../../protocol/index.ts";
import { pageOfReactions } from "./queries.ts";

/** The routes of reactions. Writes are commands of the channel object; reads come from D1. */
export const reactionRoutes = new Hono<AppEnv>()
  .put(
    addReaction.path,
    authenticate({ deferred: true }),
    validate("param", addReaction.params),
    async (c) => {
      const { channelId, ...reaction } = c.req.valid("param");
      const { data } = await submitCommand(c, channelId, "reactionAdd", reaction);
      return reply(c, addReaction, data);
    },
  )
  .delete(
    removeReaction.path,
    authenticate({ deferred: true }),
    validate("param", removeReaction.params),
    async (c) => {
      const { channelId, ...reaction } = c.req.valid("param");
      await submitCommand(c, channelId, "reactionRemove", reaction);
      return reply(c, removeReaction);
    },
  )
  .get(
    getReactions.path,
    authenticate({ deferred: true }),
    validate("param", getReactions.params),
    validate("query", getReactions.query),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const query = c.req.valid("query");
      const { exists, ...page } = await readChannel(
        c,
        channelId,
        () => pageOfReactions(channelDatabase(c.env, channelId), channelId, messageId, query),
        { isFound: (found) => found.exists },
      );
      return reply(c, getReactions, exists ? page : notFound("message"));
    },
  );
