import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { refuse } from "../core/app-error.ts";
import { subprotocol } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin } from "./cors.ts";

/** Whether the request asks for a WebSocket. Hono answers HEAD by the route of GET, but not with a socket. */
export const isUpgrade = ({ req }: Context): boolean =>
  req.method === "GET" && req.header("Upgrade")?.toLowerCase() === "websocket";

/** `parley.v1` and a ticket take some 100 characters. */
const maxSubprotocolLength = 1_024;

/** The subprotocols that the request offers; none where the header is longer than ours are. */
export function offeredSubprotocols(request: Request): string[] {
  const header = request.headers.get("Sec-WebSocket-Protocol") ?? "";
  return header.length > maxSubprotocolLength ? [] : header.split(",").map((name) => name.trim());
}

/** `ticket.<user>.<32 bytes>` */
const ticketProtocol = /^ticket\.(([^.]+)\.[\w-]{43})$/;

/** The ticket, and the id that should be its user's, in a subprotocol of the form `ticket.<ticket>`. */
export function ticketOf(subprotocolName: string): { ticket: string; userId: string } | undefined {
  const [, ticket, userId] = ticketProtocol.exec(subprotocolName) ?? [];
  return ticket !== undefined && userId !== undefined ? { ticket, userId } : undefined;
}

/**
 * In front of every WebSocket door: an upgrade that speaks our subprotocol, and, from a browser, of a page that is on the
 * list. Browsers always send `Origin`, and no CORS rule stops them from connecting: this is the only check there is. What bears
 * a cookie is a browser's, whatever became of its `Origin` on the way.
 */
export const upgradeOnly = createMiddleware<AppEnv>(async (c, next) => {
  if (!isUpgrade(c) || !offeredSubprotocols(c.req.raw).includes(subprotocol)) {
    refuse("upgrade_required", `Connect with a WebSocket that offers the subprotocol ${subprotocol}`);
  }
  const origin = c.req.header("Origin");
  const isAllowed =
    origin === undefined ? c.req.header("Cookie") === undefined : isAllowedOrigin(c.var.config, origin);
  if (!isAllowed) refuse("forbidden", "Pages of this origin may not connect");
  await next();
});
