import { createMiddleware } from "hono/factory";
import { configOf } from "../config.ts";
import { newId } from "../lib/ids.ts";
import type { AppEnv } from "./context.ts";

/**
 * Names the request, in the answer too, and parses the configuration. The name is ours: a client's own could not be trusted
 * in logs.
 */
export const setRequestContext = createMiddleware<AppEnv>(async (c, next) => {
  c.set("requestId", newId("req"));
  c.set("config", configOf(c.env));
  await next();
  // The headers of a 101 can't be set: the room gives it its name.
  if (c.res.status !== 101) c.header("X-Request-Id", c.get("requestId"));
});
