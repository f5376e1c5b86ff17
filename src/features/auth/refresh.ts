import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import type { Tokens } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { issueTokens } from "./log-in.ts";
import { isTagged, parseRefreshToken } from "./refresh-tokens.ts";

/**
 * Exchanges a refresh token for new tokens; the user's hub decides. All rejections have the same error, so that they reveal nothing about
 * the session.
 *
 * @throws `unauthenticated`, or `unavailable` if the hub does not answer
 */
export async function refresh(env: Env, config: Config, refreshToken: string): Promise<Tokens> {
  const token = parseRefreshToken(refreshToken);
  if (!token || !isTagged(config.REFRESH_TOKEN_KEY, token)) return rejectToken();
  // Safe to repeat: a second rotation of the same token returns the same successor.
  const outcome = await callObject(() => hubOf(env, token.userId).rotateRefreshToken(token));
  return outcome.ok ? issueTokens(config, outcome.value) : rejectToken();
}

const rejectToken = (): never =>
  reject("unauthenticated", "The refresh token is not valid, or no longer valid; log in again");
