import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { refuse } from "../core/app-error.ts";
import { subprotocol } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin } from "./cors.ts";

/** Whether the request asks for a WebSocket. Hono answers HEAD by the route of GET, but not with a socket. */
export const isUpgrade = ({ req }: Context): boolean =>
  req.method === "GET" && req.header("Upgrade")?.toLowerCase() === "websocket";

/**
 * In front of every WebSocket door: an upgrade that speaks our subprotocol, and, from a browser, of a page that is on the
 * list. Browsers always send `Origin`, and no CORS rule stops them from connecting: this is the only check there is.
 */
export const upgradeOnly = createMiddleware<AppEnv>(async (c, next) => {
  const offered = (c.req.header("Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
  if (!isUpgrade(c) || !offered.includes(subprotocol)) {
    refuse("upgrade_required", `Connect with a WebSocket that offers the subprotocol ${subprotocol}`);
  }
  const origin = c.req.header("Origin");
  if (origin !== undefined && !isAllowedOrigin(c.var.config, origin))
    refuse("forbidden", "Pages of this origin may not connect");
  await next();
});
