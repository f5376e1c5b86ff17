import { Hono } from "hono";
import { z } from "zod";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { linkOrigin } from "../../http/link-origin.ts";
import { readFromRoom } from "../../http/read-from-room.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { getMessageAt, getPermalink, openPermalink, Seq } from "../../protocol/index.ts";
import { webClientPage } from "../web-client/index.ts";
import { permalinkPage, permalinkPageHeaders } from "./page.ts";

const FoundMessage = z.object({ seq: Seq });

/** The routes of permalinks. A room decides who may resolve one; without a session nothing about the message is looked up. */
export const permalinkRoutes = new Hono<AppEnv>()
  .get(
    getPermalink.path,
    authenticate({ deferred: true }),
    validate("param", getPermalink.params),
    async (c) => {
      const { channelId, messageId } = c.req.valid("param");
      const read = { kind: "message" as const, messageId };
      const found = await readFromRoom(c, channelId, read, async () => notFound("message"));
      const { seq } = FoundMessage.parse(await found.json());
      const permalink = `${linkOrigin(c)}/c/${channelId}/${seq}`;
      return reply(c, getPermalink, { permalink, channelId, seq });
    },
  )

  .get(
    getMessageAt.path,
    authenticate({ deferred: true }),
    validate("param", getMessageAt.params),
    async (c) => {
      const { channelId, seq } = c.req.valid("param");
      return readFromRoom(c, channelId, { kind: "messageAt", seq }, async () => notFound("message"));
    },
  )

  .get(openPermalink.path, validate("param", openPermalink.params), async (c) => {
    const { channelId, seq } = c.req.valid("param");
    const client = c.var.config.PERMALINK_URL;
    if (client === undefined)
      return (await webClientPage(c)) ?? c.body(permalinkPage, 200, permalinkPageHeaders);
    c.header("Cache-Control", "no-store");
    return c.redirect(client.replace("{channelId}", channelId).replace("{seq}", String(seq)), 302);
  });
