import { Hono } from "hono";
import { channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import { readFromRoom } from "../../http/read-from-room.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { getPins, pinMessage, unpinMessage } from "../../protocol/index.ts";
import { pageOfPins } from "./queries.ts";

/** The routes of pins: commands and reads of the channel object. Reads come from D1 while the object runs the previous release. */
export const pinRoutes = new Hono<AppEnv>()
  .put(pinMessage.path, authenticate({ deferred: true }), validate("param", pinMessage.params), async (c) => {
    const { channelId, messageId } = c.req.valid("param");
    const { data } = await submitCommand(c, channelId, "messagePin", { messageId });
    return reply(c, pinMessage, data);
  })
  .delete(
    unpinMessage.path,
    authenticate({ deferred: true }),
    validate("param", unpinMessage.params),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      await submitCommand(c, channelId, "messageUnpin", { messageId });
      return reply(c, unpinMessage);
    },
  )
  .get(
    getPins.path,
    authenticate({ deferred: true }),
    validate("param", getPins.params),
    validate("query", getPins.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const query = c.req.valid("query");
      return readFromRoom(c, channelId, { kind: "pins", page: query }, async () =>
        reply(
          c,
          getPins,
          await readChannel(c, channelId, () =>
            pageOfPins(channelDatabase(c.env, channelId), c.var.claims.userId, channelId, query),
          ),
        ),
      );
    },
  );
