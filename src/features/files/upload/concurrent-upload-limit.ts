import { createMiddleware } from "hono/factory";
import { reject } from "../../../errors/app-error.ts";
import type { AppEnv } from "../../../http/context.ts";

/** How many bodies of files each user is sending to this isolate. */
const openBodies = new Map<string, number>();

/** Limits the bodies that one user sends at a time, since each takes memory of the isolate; `rate_limited` past it. */
export const limitConcurrentUploads = createMiddleware<AppEnv>(async (c, next) => {
  const { userId } = c.var.actor;
  const others = openBodies.get(userId) ?? 0;
  const { FILE_UPLOADS_AT_ONCE } = c.var.config;
  if (others >= FILE_UPLOADS_AT_ONCE)
    reject("rate_limited", `You are sending ${others} files already; wait until one of them is complete`, {
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
