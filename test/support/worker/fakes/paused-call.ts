import { eventually } from "../assertions/eventually.ts";
import { type DatabaseCall, interceptDatabase } from "./database-interceptor.ts";

/** Whether the call claims a channel name. */
export const isNameClaim = ({ statements }: DatabaseCall): boolean =>
  statements.some(({ sql }) => sql.includes('insert into "channel_names"'));

/**
 * Pauses the next call of D1 that `matches` until `release`, before or after D1 executes it. All other calls pass.
 * Ends with `restoreDatabases`.
 *
 * @returns `reached` resolves once the call is paused
 */
export function pauseNextCall(
  matches: (call: DatabaseCall) => boolean,
  where: "before D1" | "after D1",
): { reached: () => Promise<void>; release: () => void } {
  let [isMatched, isReached, isReleased] = [false, false, false];
  interceptDatabase(async (call) => {
    if (isMatched || !matches(call)) return call.run();
    isMatched = true;
    const result = where === "after D1" ? await call.run() : undefined;
    isReached = true;
    while (!isReleased) await scheduler.wait(1);
    return where === "after D1" ? result : call.run();
  });
  return { reached: () => eventually(() => isReached), release: () => void (isReleased = true) };
}
