import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { reject } from "../errors/app-error.ts";
import { compactSubprotocol, subprotocol } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin, isOwnOrigin } from "./cors.ts";

/** Whether the request is a WebSocket upgrade. The method is checked, because Hono routes HEAD requests to the handler of GET. */
export const isWebSocketUpgrade = ({ req }: Context): boolean =>
  req.method === "GET" && req.header("Upgrade")?.toLowerCase() === "websocket";

/** In characters. The subprotocols and a ticket take about 120. */
const maxSubprotocolLength = 1_024;

/** Returns the subprotocols that the request offers; none when the header is too long to be ours. */
export function offeredSubprotocols(request: Request): string[] {
  const header = request.headers.get("Sec-WebSocket-Protocol") ?? "";
  return header.length > maxSubprotocolLength ? [] : header.split(",").map((name) => name.trim());
}

/** Whether the client accepts events in the compact form. */
export const acceptsCompact = (request: Request): boolean =>
  offeredSubprotocols(request).includes(compactSubprotocol);

/**
 * Requires a WebSocket upgrade that offers our subprotocol, and, from a browser, a page of an allowed origin. CORS does not apply to
 * WebSockets, so this check is the only protection against cross-site connections (RFC 6455 section 10.2). Browsers always send `Origin`; a
 * request with a cookie but without `Origin` comes from a browser behind a proxy that removed the header, and is rejected.
 *
 * @throws `upgrade_required` when it is no such upgrade; `forbidden` for another origin
 */
export const requireUpgrade = createMiddleware<AppEnv>(async (c, next) => {
  if (!isWebSocketUpgrade(c) || !offeredSubprotocols(c.req.raw).includes(subprotocol)) {
    reject("upgrade_required", `Connect with a WebSocket that offers the subprotocol ${subprotocol}`);
  }
  const origin = c.req.header("Origin");
  const isAllowed =
    origin === undefined
      ? c.req.header("Cookie") === undefined
      : isOwnOrigin(c, origin) || isAllowedOrigin(c.var.config, origin);
  if (!isAllowed)
    reject(
      "forbidden",
      "Pages of this origin may not connect; the variable `ALLOWED_ORIGINS` lists those that may",
    );
  await next();
});

/**
 * Returns a function that aborts this invocation, and with it the TCP connection of the socket that it serves. The platform has no other
 * way to end the connection of a client that does not echo a close frame.
 */
export const invocationAborter =
  ({ executionCtx }: Context): (() => void) =>
  () =>
    (executionCtx as unknown as { abort(reason: Error): void }).abort(
      new Error("The client did not echo the close frame"),
    );
