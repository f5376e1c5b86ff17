import { AppError } from "./app-error.ts";

/** Any error as a refusal: a database or an object that does not answer is `unavailable`, a defect is `internal`. */
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
      detail: "A part of the server does not answer; try again",
      retryAfterMs: 2_000,
    });
  }
  return new AppError({ code: "internal", detail: "A fault of ours; the request id helps to find it" });
}

const unreachable =
  /D1_ERROR|D1_EXEC_ERROR|Network connection lost|storage (operation|caused)|Failed query|internal error; reference/i;
