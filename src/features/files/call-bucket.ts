import { AppError } from "../../errors/app-error.ts";
import { describeError, logLine } from "../../lib/log-line.ts";

/**
 * Calls R2.
 *
 * @param mapError - maps errors of R2 that have a meaning for the client to an `AppError`
 * @throws `unavailable` for every other error of R2
 */
export async function callBucket<T>(
  work: () => Promise<T>,
  mapError: (error: unknown) => AppError | undefined = () => undefined,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const appError = mapError(error) ?? (error instanceof AppError ? error : undefined);
    if (appError) throw appError;
    logLine({ level: "warn", message: "r2.request_failed", error: describeError(error) });
    throw bucketUnavailable();
  }
}

/** Makes the error for a request that R2 did not answer. */
export const bucketUnavailable = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "The file storage did not respond; try again",
    retryAfterMs: 2_000,
  });
