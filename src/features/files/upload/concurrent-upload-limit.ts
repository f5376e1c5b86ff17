import { createMiddleware } from "hono/factory";
import { reject } from "../../../errors/app-error.ts";
import type { AppEnv } from "../../../http/context.ts";

/** How many file bodies each user is sending to this isolate, by user id. */
const openBodies = new Map<string, number>();

/**
 * Middleware that limits the file bodies which one user sends to this isolate at the same time (`FILE_UPLOADS_AT_ONCE`), since each takes
 * memory of the isolate.
 *
 * @throws `rate_limited`
 */
export const limitConcurrentUploads = createMiddleware<AppEnv>(async (c, next) => {
  const { userId } = c.var.actor;
  const others = openBodies.get(userId) ?? 0;
  const { FILE_UPLOADS_AT_ONCE } = c.var.config;
  if (others >= FILE_UPLOADS_AT_ONCE)
    reject("rate_limited", `You are sending ${others} files already; wait until one is complete`, {
      retryAfterMs: 1_000,
    });
  openBodies.set(userId, others + 1);
  try {
    await next();
  } finally {
    const left = (openBodies.get(userId) ?? 1) - 1;
    if (left > 0) openBodies.set(userId, left);
    else openBodies.delete(userId);
  }
});
