import { describeError, logLine, stackFrames } from "../lib/log-line.ts";
import { AppError } from "./app-error.ts";
import { toAppError } from "./to-app-error.ts";

/**
 * Logs an error that no client should cause: `server.defect` for a defect, `server.dependency_failed` for a database or an
 * object that did not answer. An `AppError` with any code but `internal` is an ordinary rejection and is not logged. The
 * lines contain no values: `describeError` removes them.
 *
 * @param fields further fields of the line, such as `requestId` or `command`
 */
export function logDefect(error: unknown, fields: Record<string, unknown> = {}): void {
  const isDefect = toAppError(error).code === "internal";
  if (!isDefect && error instanceof AppError) return;
  logLine({
    level: isDefect ? "error" : "warn",
    message: isDefect ? "server.defect" : "server.dependency_failed",
    ...fields,
    error: describeError(error),
    ...(isDefect && error instanceof Error && { stack: stackFrames(error) }),
  });
}
