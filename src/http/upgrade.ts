import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { reject } from "../errors/app-error.ts";
import { subprotocol } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin } from "./cors.ts";

/** Whether the request asks for a WebSocket. Hono answers HEAD by the route of GET, but not with a socket. */
export const isWebSocketUpgrade = ({ req }: Context): boolean =>
  req.method === "GET" && req.header("Upgrade")?.toLowerCase() === "websocket";

/** `parley.v1` and a ticket take some 100 characters. */
const maxSubprotocolLength = 1_024;

/** The subprotocols that the request offers; none where the header is longer than ours are. */
export function offeredSubprotocols(request: Request): string[] {
  const header = request.headers.get("Sec-WebSocket-Protocol") ?? "";
  return header.length > maxSubprotocolLength ? [] : header.split(",").map((name) => name.trim());
}

/**
 * In front of every WebSocket door: an upgrade that speaks our subprotocol, and, from a browser, of a page that is on the
 * list. Browsers always send `Origin`, and no CORS rule stops them from connecting: this is the only check there is. What bears
 * a cookie is a browser's, whatever became of its `Origin` on the way.
 */
export const requireUpgrade = createMiddleware<AppEnv>(async (c, next) => {
  if (!isWebSocketUpgrade(c) || !offeredSubprotocols(c.req.raw).includes(subprotocol)) {
    reject("upgrade_required", `Connect with a WebSocket that offers the subprotocol ${subprotocol}`);
  }
  const origin = c.req.header("Origin");
  const isAllowed =
    origin === undefined ? c.req.header("Cookie") === undefined : isAllowedOrigin(c.var.config, origin);
  if (!isAllowed) reject("forbidden", "Pages of this origin may not connect");
  await next();
});

/**
 * What ends this invocation, and with it the TCP connection of the socket that it serves: the platform has no other way to end the
 * connection of a client that does not echo a close frame.
 */
export const invocationAborter =
  ({ executionCtx }: Context): (() => void) =>
  () =>
    (executionCtx as unknown as { abort(reason: Error): void }).abort(
      new Error("The client did not echo the close frame"),
    );
