import { Hono } from "hono";
import { accepts } from "hono/accepts";
import packageJson from "../../../package.json" with { type: "json" };
import type { AppEnv } from "../../http/context.ts";
import { replyRaw } from "../../http/reply.ts";
import { validate } from "../../http/validate.ts";
import { getAsyncApi, getErrorPage, getOpenApi } from "../../protocol/index.ts";
import { asyncApiDocument } from "./asyncapi-document.ts";
import { errorHtml, errorMarkdown } from "./error-pages.ts";
import { openApiDocument } from "./openapi-document.ts";

/** Builds a document at the first request of an isolate and caches its JSON: it is the same for the whole build. */
const once = (make: () => object): (() => string) => {
  let json: string | undefined;
  return () => (json ??= JSON.stringify(make()));
};

const openApi = once(() => openApiDocument({ version: packageJson.version }));
const asyncApi = once(() => asyncApiDocument({ version: packageJson.version }));

const cacheControl = "public, max-age=300";

/** The routes of the OpenAPI and AsyncAPI documents and of the error documentation. */
export const contractRoutes = new Hono<AppEnv>()
  .get(getOpenApi.path, (c) => {
    c.header("Cache-Control", cacheControl);
    return replyRaw(c, openApi());
  })
  .get(getAsyncApi.path, (c) => {
    c.header("Cache-Control", cacheControl);
    return replyRaw(c, asyncApi());
  })
  .get(getErrorPage.path, validate("param", getErrorPage.params), (c) => {
    const { code } = c.req.valid("param");
    const [html, markdown] = getErrorPage.produces;
    const type = accepts(c, { header: "Accept", supports: [html, markdown], default: html });
    c.header("Content-Type", `${type}; charset=utf-8`);
    c.header("Cache-Control", cacheControl);
    c.header("Vary", "Accept", { append: true });
    c.header(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    );
    return c.body(type === markdown ? errorMarkdown(code) : errorHtml(code));
  });
