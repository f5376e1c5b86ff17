import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/** The origin of the links in a response: the configured one, or that of the request. */
export const linkOrigin = (c: Context<AppEnv>): string =>
  c.var.config.PUBLIC_URL ?? new URL(c.req.url).origin;
