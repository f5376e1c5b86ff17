import type { ProblemInit } from "../protocol/index.ts";
import { AppError } from "./app-error.ts";

/** A value or a refusal, in a form that crosses RPC: thrown classes do not. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: ProblemInit };

export function failure(error: AppError): { ok: false; problem: ProblemInit } {
  const { code, message: detail, issues, retryAfterMs } = error;
  return { ok: false, problem: { code, detail, issues, retryAfterMs } };
}

/** Turns a thrown refusal into an outcome; a defect goes on as it is. */
export async function outcomeOf<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof AppError) return failure(error);
    throw error;
  }
}

export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new AppError(outcome.problem);
}
