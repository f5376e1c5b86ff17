import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";

/** At most so many rejections wait in one isolate; past it they are answered at once. */
const maxWaiting = 1_000;

/** So many waiting rejections add one base delay. */
const waitingPerDelay = 25;
const longestFactor = 4;

/** When each rejection that waits is answered. Not a counter: the platform may drop a request whose client hung up. */
let waitingUntil: number[] = [];

/**
 * Delays answers 429 and 503 by `PASSWORD_REJECTION_DELAY_MS`, and by up to four times as long while many of them wait, so that a client that repeats its request at once, in many loops, costs
 * others little. A waiting request uses no CPU time.
 */
export const delayRejections = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!(c.error instanceof AppError) || (c.error.status !== 429 && c.error.status !== 503)) return;
  const nowMs = Date.now();
  waitingUntil = waitingUntil.filter((until) => until > nowMs);
  if (waitingUntil.length >= maxWaiting) return;
  const delayMs = rejectionDelayMs(c.var.config.PASSWORD_REJECTION_DELAY_MS, waitingUntil.length);
  waitingUntil.push(nowMs + delayMs);
  await new Promise<void>((resolve) => void setTimeout(resolve, delayMs));
});

/**
 * Returns how long a rejection waits, at random from half to one and a half times the base delay, so that loops that were rejected
 * together do not return together. The base grows with the rejections that already wait, up to four times.
 */
export function rejectionDelayMs(baseMs: number, waiting: number): number {
  const factor = Math.min(longestFactor, 1 + waiting / waitingPerDelay);
  return baseMs * factor * (0.5 + Math.random());
}
