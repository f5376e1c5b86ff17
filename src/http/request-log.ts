import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { logLine } from "../lib/log-line.ts";
import type { AppEnv } from "./context.ts";

/**
 * One line a request: its name, route (not its path: that holds ids and queries), status and time. The route is that of the
 * handler that was reached; other patterns may fit as well. A handler whose answers are all alike, as that of health, may set
 * `unlogged`.
 */
export const logRequests = createMiddleware<AppEnv>(async (c, next) => {
  const startedAt = Date.now();
  await next();
  if (c.get("unlogged")) return;
  logLine({
    level: c.res.status >= 500 ? "error" : "info",
    message: "request",
    requestId: c.get("requestId"),
    method: c.req.method,
    route: routePath(c),
    status: c.res.status,
    durationMs: Date.now() - startedAt,
    userId: c.get("actor")?.userId,
  });
});
