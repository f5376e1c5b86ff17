import { Hono } from "hono";
import { channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { getPins, pinMessage, unpinMessage } from "../../protocol/index.ts";
import { pageOfPins } from "./queries.ts";

/** The routes of pins. Writes are commands of the channel object; reads come from D1. */
export const pinRoutes = new Hono<AppEnv>()
  .put(pinMessage.path, authenticate(), validate("param", pinMessage.params), async (c) => {
    const { channelId, messageId } = c.req.valid("param");
    const { data } = await submitCommand(c, channelId, "messagePin", { messageId });
    return reply(c, pinMessage, data);
  })
  .delete(unpinMessage.path, authenticate(), validate("param", unpinMessage.params), async (c) => {
    const { channelId, messageId } = c.req.valid("param");
    await submitCommand(c, channelId, "messageUnpin", { messageId });
    return reply(c, unpinMessage);
  })
  .get(
    getPins.path,
    authenticate(),
    validate("param", getPins.params),
    validate("query", getPins.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const query = c.req.valid("query");
      return reply(
        c,
        getPins,
        await readChannel(c, channelId, () =>
          pageOfPins(channelDatabase(c.env, channelId), c.var.actor.userId, channelId, query),
        ),
      );
    },
  );
