import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { logLine } from "../lib/log-line.ts";
import type { AppEnv } from "./context.ts";

/**
 * Logs one line for each request: id, method, route, status and duration. It logs the route of the handler, not the path, which contains
 * ids and search terms. A handler whose responses are not worth a line, such as that of health checks, sets `unlogged`.
 */
export const logRequests = createMiddleware<AppEnv>(async (c, next) => {
  const startedAt = Date.now();
  await next();
  if (c.get("unlogged")) return;
  logLine({
    level: c.res.status >= 500 ? "error" : "info",
    message: "http.request",
    requestId: c.get("requestId"),
    method: c.req.method,
    route: routePath(c),
    status: c.res.status,
    durationMs: Date.now() - startedAt,
    userId: (c.get("heldByRoom") ? c.get("claims") : c.get("actor"))?.userId,
    serverKeyId: c.get("serverKeyId"),
  });
});
