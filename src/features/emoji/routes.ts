import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readAsReader, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { replyWithEtag } from "../../http/reply-with-etag.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { deleteFile, serveContent, type StoredFile } from "../files/index.ts";
import { createEmoji } from "./create-emoji.ts";
import { deleteEmoji } from "./delete-emoji.ts";
import { forgetEmoji } from "./known-emoji.ts";
import { type EmojiWithImage, findEmoji, listEmoji, presentEmoji } from "./queries.ts";

/** The routes of custom emoji. Their images are served as files are: inert, and only to users of the workspace. */
export const emojiRoutes = new Hono<AppEnv>()
  .post(api.createEmoji.path, authenticate(), body(api.createEmoji.body), async (c) => {
    const { env } = c;
    const { actor, config } = c.var;
    const request = c.req.valid("json");
    const { emoji, repeated } = await createEmoji(env, config, actor, request);
    forgetEmoji(emoji.name);
    if (!repeated) recordAudit(c, { action: "emoji.create", detail: { name: emoji.name } });
    // A file that can't be deleted, because a message carries it, stays.
    if (request.fileId !== undefined)
      c.executionCtx.waitUntil(deleteFile(env, actor, request.fileId).catch(() => {}));
    return reply(c, api.createEmoji, presentEmoji(emoji), repeated);
  })

  .get(api.getCustomEmoji.path, authenticateRead(), validate("query", api.getCustomEmoji.query), async (c) =>
    replyWithEtag(c, await readAsReader(c, (reader) => listEmoji(c.env, reader, c.req.valid("query")))),
  )

  .get(api.getEmojiImage.path, authenticateRead(), validate("param", api.getEmojiImage.params), async (c) => {
    const { name } = c.req.valid("param");
    const emoji = await readWhileChecking(c, () => findEmoji(c.env, name));
    return serveContent(c, imageFile(emoji ?? notFound("emoji")));
  })

  .delete(api.deleteEmoji.path, authenticate(), validate("param", api.deleteEmoji.params), async (c) => {
    const { name } = c.req.valid("param");
    await deleteEmoji(c.env, c.var.actor, name);
    forgetEmoji(name);
    recordAudit(c, { action: "emoji.delete", detail: { name } });
    return reply(c, api.deleteEmoji);
  });

/** Returns the image of an emoji as a file. */
const imageFile = ({ aliasOf: _aliasOf, createdBy, ...emoji }: EmojiWithImage): StoredFile => ({
  ...emoji,
  id: emoji.key,
  uploaderId: createdBy,
  name: `${emoji.name}.${emoji.type.replace("image/", "")}`,
});
