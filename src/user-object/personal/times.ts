import { dayMs } from "../../domain/usage-budget.ts";
import { invalidField } from "../../errors/app-error.ts";

/** @throws `validation_failed` for the field `path` if the time is in the past or more than `days` days ahead */
export function requireFutureTime(path: string, at: number, nowMs: number, days: number): void {
  if (at <= nowMs) throw invalidField(path, "Must be in the future");
  if (at > nowMs + days * dayMs) throw invalidField(path, `Must be at most ${days} days ahead`);
}
