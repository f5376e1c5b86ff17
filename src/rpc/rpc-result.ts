import type { ProblemInit } from "../protocol/index.ts";
import { AppError } from "../errors/app-error.ts";
import { logDefect } from "../errors/log-defect.ts";
import { rethrowSimulatedCrash } from "../lib/failpoint.ts";
import { toAppError } from "../errors/to-app-error.ts";

/**
 * A value or an error, in a form that RPC transports. A thrown `AppError` would arrive as a plain `Error`, without its code.
 */
export type RpcResult<T> = { ok: true; value: T } | { ok: false; problem: ProblemInit };

/** Converts an error into a result. */
export function failure(error: AppError): { ok: false; problem: ProblemInit } {
  const { code, message: detail, issues, retryAfterMs } = error;
  return { ok: false, problem: { code, detail, issues, retryAfterMs } };
}

/**
 * Runs `work` and converts what it returns or throws into a result. No error leaves the object: the platform logs every error that
 * does, and the message of a database error contains the bound values.
 */
export async function toRpcResult<T>(work: () => T | Promise<T>): Promise<RpcResult<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    rethrowSimulatedCrash(error);
    logDefect(error);
    return failure(toAppError(error));
  }
}

/**
 * Returns the value of a result.
 *
 * @throws the error of the result, as an `AppError`
 */
export function unwrap<T>(result: RpcResult<T>): T {
  if (result.ok) return result.value;
  throw new AppError(result.problem);
}
