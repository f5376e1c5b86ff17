import { Hono } from "hono";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { findReadableMessage } from "../../http/find-readable-message.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  getSavedMessages,
  type SavedMessage,
  saveMessage,
  unsaveMessage,
  updateSavedMessage,
} from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { withMessages } from "./hydrate.ts";

/** The cursor of a page: time and id of its last message. */
const SavedCursor = z.tuple([z.int(), z.string()]);

/** The routes of saved messages. The user's hub keeps their ids, and their rooms decide what the user may read of them. */
export const savedMessageRoutes = new Hono<AppEnv>()
  .put(
    saveMessage.path,
    authenticate(),
    validate("param", saveMessage.params),
    validate("query", saveMessage.query),
    async (c) => {
      const { messageId } = c.req.valid("param");
      const channelId = await findReadableMessage(c, messageId, c.req.valid("query").channelId);
      const hub = () => hubOf(c.env, c.var.actor.userId);
      return reply(c, saveMessage, unwrap(await callObject(() => hub().saveMessage(messageId, channelId))));
    },
  )
  .patch(
    updateSavedMessage.path,
    authenticate(),
    validate("param", updateSavedMessage.params),
    body(updateSavedMessage.body),
    async (c) => {
      const { messageId } = c.req.valid("param");
      const { done } = c.req.valid("json");
      const hub = () => hubOf(c.env, c.var.actor.userId);
      return reply(
        c,
        updateSavedMessage,
        unwrap(await callObject(() => hub().markSavedMessage(messageId, done))),
      );
    },
  )
  .delete(unsaveMessage.path, authenticate(), validate("param", unsaveMessage.params), async (c) => {
    const { messageId } = c.req.valid("param");
    unwrap(await callObject(() => hubOf(c.env, c.var.actor.userId).unsaveMessage(messageId), { tries: 1 }));
    return reply(c, unsaveMessage);
  })
  .get(getSavedMessages.path, authenticate(), validate("query", getSavedMessages.query), async (c) => {
    const { done, limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? undefined : decodeCursor(cursor, SavedCursor);
    const isDone = done === undefined ? undefined : done === "true";
    const hub = () => hubOf(c.env, c.var.actor.userId);
    const saved = unwrap(await callObject(() => hub().listSavedMessages(limit + 1, before, isDone)));
    const page = toPage<SavedMessage, SavedMessage>(
      saved,
      limit,
      (item) => item,
      ({ savedAt, messageId }) => [Date.parse(savedAt), messageId],
    );
    return reply(c, getSavedMessages, { ...page, items: await withMessages(c, page.items) });
  });
