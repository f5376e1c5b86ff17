/** What a user wrote: the number of commands, and the bytes of their events in the log. */
export interface Usage {
  writes: number;
  bytes: number;
}

/** A hub's answer to a room that reports usage: how long the user may not write, in ms; 0 when they may. */
export interface ChargeResult {
  retryAfterMs: number;
}

/** Actions with an hourly limit, besides writing in rooms. */
export type CountedAction =
  | "channels"
  | "dms"
  | "additions"
  | "profile"
  | "status"
  | "invites"
  | "ephemeral"
  | "commands"
  | "groups"
  | "lookups"
  | "previews"
  | "pushes";

/** At most `limit` units in every window of `windowMs`. */
export interface Budget {
  limit: number;
  windowMs: number;
}

/** The level of a token bucket at a time, in ms since 1970. It is negative when more was used than was available. */
export interface BucketLevel {
  tokens: number;
  at: number;
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Half of the limit; the other half is refilled over the window. So no window allows more than the limit. */
const capacityOf = ({ limit }: Budget): number => limit / 2;

/** Returns the level of a bucket now. A bucket without a level is full. */
export function refilled(budget: Budget, level: BucketLevel | undefined, nowMs: number): BucketLevel {
  const capacity = capacityOf(budget);
  if (!level) return { tokens: capacity, at: nowMs };
  const passedMs = Math.max(0, nowMs - level.at);
  const tokens = Math.min(capacity, level.tokens + (passedMs * capacity) / budget.windowMs);
  // When the clock is set back, the same interval is not refilled twice.
  return { tokens, at: Math.max(nowMs, level.at) };
}

/** Returns after how many ms the bucket holds `wanted` tokens, or its capacity where that is less; 0 when it does now. */
export function msUntil(budget: Budget, { tokens }: BucketLevel, wanted: number): number {
  const missing = Math.min(wanted, capacityOf(budget)) - tokens;
  return missing <= 0 ? 0 : Math.ceil((missing * budget.windowMs) / capacityOf(budget));
}
