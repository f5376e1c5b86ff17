import type { ZonedClock } from "../lib/zoned-time.ts";
import type { QuietHours } from "../protocol/index.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Returns the time of day of `HH:MM`, in ms. */
function msOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(":").map(Number);
  return (hours * 60 + minutes) * minuteMs;
}

/**
 * Returns when the quiet hours end that an instant belongs to; undefined if it belongs to none. Both are ms since 1970. They begin and end
 * when a clock in the user's time zone shows the times, so they are an hour shorter or longer when clocks are changed meanwhile. Quiet hours
 * whose start equals their end last until that time of the next day.
 */
export function quietUntil(
  { start, end, days }: QuietHours,
  clock: ZonedClock,
  nowMs: number,
): number | undefined {
  const lengthMs = (msOf(end) - msOf(start) + dayMs) % dayMs || dayMs;
  const midnight = Math.floor(clock.wallOf(nowMs) / dayMs) * dayMs;
  // Those that began yesterday may not have ended yet.
  for (const day of [midnight, midnight - dayMs]) {
    if (days && !days.includes(new Date(day).getUTCDay())) continue;
    const startWall = day + msOf(start);
    const endMs = clock.instantOf(startWall + lengthMs);
    if (clock.instantOf(startWall) <= nowMs && nowMs < endMs) return endMs;
  }
  return undefined;
}
