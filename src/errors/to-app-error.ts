import { AppError } from "./app-error.ts";

/**
 * Converts any error into an `AppError`: a database or an object that does not answer becomes `unavailable`, anything else
 * that is not an `AppError` already is a defect and becomes `internal`.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const texts =
    error instanceof Error
      ? [error.message, error.cause instanceof Error ? error.cause.message : ""]
      : [String(error)];
  const text = texts.join(" ");
  if (unreachable.test(text) && !text.includes("constraint failed")) {
    return new AppError({
      code: "unavailable",
      detail: "A database or another part of the server did not answer; try again",
      retryAfterMs: 2_000,
    });
  }
  return new AppError({
    code: "internal",
    detail: "A defect in the server; report it with the request id",
  });
}

const unreachable =
  /D1_ERROR|D1_EXEC_ERROR|Network connection lost|storage (operation|caused)|Failed query|internal error; reference/i;
