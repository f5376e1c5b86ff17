import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { AppEnv } from "./context.ts";

/** Browsers of listed origins may call; others get no CORS headers, which browsers take for a no. */
export const allowOrigins = createMiddleware<AppEnv>((c, next) =>
  cors({
    origin: (origin) => (isAllowedOrigin(c.get("config"), origin) ? origin : null),
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "Content-Digest", "If-None-Match", "If-Range", "Range"],
    exposeHeaders: [
      "X-Request-Id",
      "Retry-After",
      "ETag",
      "Accept-Ranges",
      "Content-Range",
      "Content-Length",
      "Content-Disposition",
    ],
    maxAge: 7_200,
  })(c, next),
);

/** Exactly as listed: no suffix, no `null`. */
export const isAllowedOrigin = (config: Config, origin: string): boolean =>
  config.ALLOWED_ORIGINS.includes(origin);
