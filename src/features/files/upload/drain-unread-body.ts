import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../../../http/context.ts";
import { readBody, uploadTimeouts } from "./byte-source.ts";

/**
 * A client that is refused while it is still sending would be cut off before it hears why: a body that nobody has begun to read is
 * read for nobody, if it is one that could have been taken.
 */
export const drainUnreadBody = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { body, headers } = c.req.raw;
  const length = Number(headers.get("Content-Length") ?? Infinity);
  if (body && !body.locked && !c.req.raw.bodyUsed && length <= c.var.config.FILE_BODY_MAX_BYTES)
    await readBody(body, { time: uploadTimeouts(c.var.config) }).drain();
});
