import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import { knownAddress } from "../../http/client-address.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { getPreviewImage } from "./get-image.ts";
import { getPreview } from "./get-preview.ts";
import { imagePath, isValidImageAddress } from "./image-address.ts";

/** The routes of link previews. */
export const previewRoutes = new Hono<AppEnv>()
  .get(api.getPreview.path, authenticate(), validate("query", api.getPreview.query), async (c) => {
    const { config, actor } = c.var;
    if (config.LINK_PREVIEWS === "off") return reply(c, api.getPreview, { preview: null });
    const url = new URL(c.req.valid("query").url);
    url.hash = "";
    const found = await getPreview(config, {
      url: url.href,
      userId: actor.userId,
      spend: async () =>
        void unwrap(await callObject(() => hubOf(c.env, actor.userId).spendQuota("previews"))),
      keepAlive: (work) => c.executionCtx.waitUntil(work),
    });
    if (!found) return reply(c, api.getPreview, { preview: null });
    const { image, ...preview } = found;
    const isShown = image !== null && config.LINK_PREVIEWS === "images";
    const imageUrl = isShown ? imagePath(config.REFRESH_TOKEN_KEY, image, Date.now()) : null;
    return reply(c, api.getPreview, { preview: { ...preview, imageUrl } });
  })

  .get(api.getPreviewImage.path, validate("query", api.getPreviewImage.query), async (c) => {
    const { config } = c.var;
    const address = c.req.valid("query");
    const isPermitted =
      config.LINK_PREVIEWS === "images" && isValidImageAddress(config.REFRESH_TOKEN_KEY, address, Date.now());
    const image = isPermitted
      ? await getPreviewImage(config, address.url, {
          address: knownAddress(config, c.req.raw),
          keepAlive: (work) => c.executionCtx.waitUntil(work),
        })
      : null;
    const { type, bytes } = image ?? notFound("image");
    return c.body(bytes, 200, {
      "Content-Type": type,
      "Cache-Control": "public, max-age=86400",
      "Content-Disposition": "inline",
      "Content-Security-Policy": "sandbox; default-src 'none'",
      // Web clients of other origins show it in an element, which sends no token.
      "Cross-Origin-Resource-Policy": "cross-origin",
      "X-Content-Type-Options": "nosniff",
    });
  });
