import type { Config } from "../../config.ts";
import { macOf } from "../../lib/macs.ts";
import { callObject, rateLimiterOf } from "../../rpc/stubs.ts";

/** What can be used once: the challenge of a login with a passkey, the state of a login at a provider, and the code of one. */
export type SingleUseKind = "passkey" | "state" | "exchange";

/**
 * Uses up a text that its own MAC or encryption makes unforgeable. A `RateLimiter` stores the MAC of each used text until it expires, so
 * that issuing one writes nothing.
 *
 * @param lifetimeMs after which the text is invalid by itself
 * @returns false if another request used it before
 * @throws `unavailable` if the limiter does not answer; the text may be used up then
 */
export async function spendOnce(
  env: Env,
  { REFRESH_TOKEN_KEY }: Pick<Config, "REFRESH_TOKEN_KEY">,
  kind: SingleUseKind,
  text: string,
  lifetimeMs: number,
): Promise<boolean> {
  const key = macOf(REFRESH_TOKEN_KEY, { purpose: "parley-single-use-1", message: `${kind}|${text}` });
  const limit = { key, limit: 1, windowMs: lifetimeMs, evictable: false };
  // One try: a repeated call would find the text used up by the first.
  return (await callObject(() => rateLimiterOf(env, key).countAttempt(limit), { tries: 1 })).ok;
}
