import { Hono } from "hono";
import { reject } from "../../errors/app-error.ts";
import { authenticate, liveSession } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireChannelInPath } from "../../http/require-visible-channel.ts";
import { body, validate } from "../../http/validate.ts";
import { createEphemeralMessage } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { sendEphemeral } from "./send-ephemeral.ts";

/** The route of ephemeral messages, which the recipient's hub broadcasts and no object stores. */
export const ephemeralRoutes = new Hono<AppEnv>().post(
  createEphemeralMessage.path,
  authenticate(),
  validate("param", createEphemeralMessage.params),
  body(createEphemeralMessage.body),
  async (c) => {
    const { channelId } = c.req.valid("param");
    const { userId, threadId, ...written } = c.req.valid("json");
    const actor = await liveSession(c);
    await requireChannelInPath(c, channelId);
    const room = () => roomOf(c.env, channelId);
    const post = unwrap(
      await callObject(() => room().authorizePost(actor, { threadId, recipientId: userId })),
    );
    // After the room's answer, which does not reveal a hidden channel.
    if (!actor.isBot) reject("forbidden", "Only bots can send ephemeral messages");
    const message = { channelId, threadId: post.threadId, userId, authorId: actor.userId, ...written };
    return reply(c, createEphemeralMessage, await sendEphemeral(c.env, message));
  },
);
