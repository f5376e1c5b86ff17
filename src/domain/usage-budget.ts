/** What somebody wrote: commands, and bytes of their events in the log. */
export interface Usage {
  writes: number;
  bytes: number;
}

/** What a hub answers to a room that reports usage: 0, or how long its user may not write, in ms. */
export interface ChargeResult {
  retryAfterMs: number;
}

/** What a user may do a limited number of times an hour, besides writing in rooms. */
export type CountedAction = "channels" | "dms" | "additions" | "profile" | "status";

/** `limit` units for each `windowMs`. */
export interface Budget {
  limit: number;
  windowMs: number;
}

/** The level of a budget at a moment (ms since 1970). Negative: more was used than there was. */
export interface BucketLevel {
  tokens: number;
  at: number;
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Half at once and half refilled over the window, so that no window ever holds more than the limit. */
const capacityOf = ({ limit }: Budget): number => limit / 2;

/** The level now; that of a budget that was never used is full. */
export function refilled(budget: Budget, level: BucketLevel | undefined, nowMs: number): BucketLevel {
  const capacity = capacityOf(budget);
  if (!level) return { tokens: capacity, at: nowMs };
  const passedMs = Math.max(0, nowMs - level.at);
  const tokens = Math.min(capacity, level.tokens + (passedMs * capacity) / budget.windowMs);
  // A clock that went back must not refill the same time twice.
  return { tokens, at: Math.max(nowMs, level.at) };
}

/** After how many ms the budget holds `tokens`, which is at most its capacity; 0 where it does now. */
export function msUntil(budget: Budget, { tokens }: BucketLevel, wanted: number): number {
  const missing = Math.min(wanted, capacityOf(budget)) - tokens;
  return missing <= 0 ? 0 : Math.ceil((missing * budget.windowMs) / capacityOf(budget));
}
