import { type AttemptLimit, tooManyAttempts } from "../../domain/password-attempts.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { type RpcResult, unwrap } from "../../rpc/rpc-result.ts";
import { callObject, rateLimiterOf } from "../../rpc/stubs.ts";

/**
 * Checks a code, after counting it against a limit. A correct one is refunded, so that only wrong guesses count.
 *
 * @throws `rate_limited` above the limit; the error of the check
 */
export async function countCode<T>(
  env: Env,
  limit: AttemptLimit,
  check: () => Promise<RpcResult<T>>,
): Promise<T> {
  const verdict = await callObject(() => rateLimiterOf(env, limit.key).countAttempt(limit));
  if (!verdict.ok) throw tooManyAttempts(verdict.retryAfterMs);
  const value = unwrap(await check());
  // One try: a refund that ran twice would permit one more guess.
  await callObject(() => rateLimiterOf(env, limit.key).recordSuccess(verdict.counted, []), {
    tries: 1,
  }).catch((error: unknown) =>
    logLine({ level: "warn", message: "limiter.refund_failed", error: describeError(error) }),
  );
  return value;
}
