import { createMiddleware } from "hono/factory";
import { configOf } from "../config.ts";
import { newId } from "../lib/ids.ts";
import type { AppEnv } from "./context.ts";

/**
 * Sets the request's id, which the response carries in `X-Request-Id`, and the parsed configuration. An id sent by the client is ignored,
 * because it could not be trusted in logs.
 */
export const setRequestContext = createMiddleware<AppEnv>(async (c, next) => {
  c.set("requestId", newId("req"));
  c.set("config", configOf(c.env));
  await next();
  // The headers of a 101 response are immutable; the object that accepts the socket sets this one.
  if (c.res.status !== 101) c.header("X-Request-Id", c.get("requestId"));
});
