import type { ProblemInit } from "../protocol/index.ts";
import { AppError } from "../errors/app-error.ts";
import { SimulatedCrash } from "../lib/failpoint.ts";
import { describeError, stackFrames, logLine } from "../lib/log-line.ts";
import { toAppError } from "../errors/to-app-error.ts";

/** A value or a refusal, in a form that crosses RPC: thrown classes do not. */
export type RpcResult<T> = { ok: true; value: T } | { ok: false; problem: ProblemInit };

export function failure(error: AppError): { ok: false; problem: ProblemInit } {
  const { code, message: detail, issues, retryAfterMs } = error;
  return { ok: false, problem: { code, detail, issues, retryAfterMs } };
}

/**
 * Turns whatever is thrown into an outcome. Nothing is thrown on: the platform writes what leaves an object to the log, and the
 * message of a database error holds what was bound.
 */
export async function toRpcResult<T>(work: () => T | Promise<T>): Promise<RpcResult<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (__FAILPOINTS__ && error instanceof SimulatedCrash) throw error;
    const known = toAppError(error);
    if (known.code === "internal")
      logLine({
        level: "error",
        message: "defect",
        error: describeError(error),
        stack: error instanceof Error ? stackFrames(error) : [],
      });
    return failure(known);
  }
}

export function unwrap<T>(outcome: RpcResult<T>): T {
  if (outcome.ok) return outcome.value;
  throw new AppError(outcome.problem);
}
