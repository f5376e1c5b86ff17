import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";

/** How many rejections an isolate delays at the same time; further ones are answered at once. */
const maxWaiting = 1_000;

/** The number of waiting rejections that adds one base delay. */
const waitingPerDelay = 25;
const longestFactor = 4;

/**
 * When each waiting rejection is answered, in ms since 1970. A counter would never fall again if the platform drops a waiting request because its
 * client disconnected.
 */
let waitingUntil: number[] = [];

/**
 * Delays 429 and 503 answers by `PASSWORD_REJECTION_DELAY_MS`, and by up to four times that while many of them wait. A client that repeats
 * rejected requests at once, in many loops, then leaves the server free for others. A waiting request uses no CPU time.
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
 * Returns how long a rejection waits: at random between half and one and a half times the base delay, so that clients that were rejected
 * together do not retry together. The base grows with the rejections that already wait, up to four times.
 */
export function rejectionDelayMs(baseMs: number, waiting: number): number {
  const factor = Math.min(longestFactor, 1 + waiting / waitingPerDelay);
  return baseMs * factor * (0.5 + Math.random());
}
