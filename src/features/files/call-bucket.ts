import { AppError } from "../../errors/app-error.ts";
import { describeError, logLine } from "../../lib/log-line.ts";

/** What R2 answers. Whatever it can't do is `unavailable`, unless `known` makes a better answer of it. */
export async function callBucket<T>(
  work: () => Promise<T>,
  known: (error: unknown) => AppError | undefined = () => undefined,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refusal = known(error) ?? (error instanceof AppError ? error : undefined);
    if (refusal) throw refusal;
    logLine({ level: "warn", message: "R2 did not do what it was asked", error: describeError(error) });
    throw bucketUnavailable();
  }
}

export const bucketUnavailable = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "The store of files does not answer; try again",
    retryAfterMs: 2_000,
  });
