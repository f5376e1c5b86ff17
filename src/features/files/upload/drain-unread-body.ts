import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../../../http/context.ts";
import { readBody, uploadTimeouts } from "./byte-source.ts";

/**
 * Middleware that reads and discards a body which a rejected request left unread, so that the client receives the error instead of a
 * connection reset while it is still sending. Bodies over `FILE_BODY_MAX_BYTES` are not drained.
 */
export const drainUnreadBody = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { body, headers } = c.req.raw;
  const length = Number(headers.get("Content-Length") ?? Infinity);
  if (body && !body.locked && !c.req.raw.bodyUsed && length <= c.var.config.FILE_BODY_MAX_BYTES)
    await readBody(body, { time: uploadTimeouts(c.var.config) }).drain();
});
