import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";

/** At most so many rejections wait in one isolate; past it they are answered at once. */
const maxWaiting = 1_000;

/** When each rejection that waits is answered. Not a counter: the platform may drop a request whose client hung up. */
let waitingUntil: number[] = [];

/**
 * Delays answers 429 and 503 by `PASSWORD_REJECTION_DELAY_MS`, so that a client that repeats its request at once, in many loops, costs
 * others little. A waiting request uses no CPU time.
 */
export const delayRejections = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!(c.error instanceof AppError) || (c.error.status !== 429 && c.error.status !== 503)) return;
  const nowMs = Date.now();
  // Spread, so that loops that were rejected together do not come back together.
  const delayMs = c.var.config.PASSWORD_REJECTION_DELAY_MS * (0.5 + Math.random());
  waitingUntil = waitingUntil.filter((until) => until > nowMs);
  if (waitingUntil.length >= maxWaiting) return;
  waitingUntil.push(nowMs + delayMs);
  await new Promise<void>((resolve) => void setTimeout(resolve, delayMs));
});
