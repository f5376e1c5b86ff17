import type { Context } from "hono";
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { AppEnv } from "./context.ts";

/** Sends CORS headers to the origins in `ALLOWED_ORIGINS`. Browsers block responses to pages of other origins, which get none. */
export const allowOrigins = createMiddleware<AppEnv>((c, next) =>
  cors({
    origin: (origin) => (isAllowedOrigin(c.get("config"), origin) ? origin : null),
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "Content-Digest", "If-None-Match", "If-Range", "Range"],
    exposeHeaders: [
      "X-Request-Id",
      "Retry-After",
      "RateLimit-Policy",
      "RateLimit-Limit",
      "RateLimit-Remaining",
      "RateLimit-Reset",
      "ETag",
      "Accept-Ranges",
      "Content-Range",
      "Content-Length",
      "Content-Disposition",
    ],
    maxAge: 7_200,
  })(c, next),
);

/** Whether the origin is listed in `ALLOWED_ORIGINS`: an exact match, so neither a subdomain nor `null`. */
export const isAllowedOrigin = (config: Config, origin: string): boolean =>
  config.ALLOWED_ORIGINS.includes(origin);

/** Whether the origin is that of the deployment itself, which serves the web client. */
export const isOwnOrigin = (c: Context<AppEnv>, origin: string): boolean =>
  origin === c.var.config.PUBLIC_URL || origin === new URL(c.req.url).origin;
