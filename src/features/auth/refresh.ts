import type { Context } from "hono";
import { reject } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import type { Tokens } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { issueTokens } from "./log-in.ts";
import { isTagged, parseRefreshToken } from "./refresh-tokens.ts";

/**
 * Exchanges a refresh token for new tokens; the user's hub decides. All rejections have the same error, so that they reveal nothing about
 * the session. The rejection of a token in a cookie removes the cookies.
 *
 * @throws `unauthenticated`, or `unavailable` if the hub does not answer
 */
export async function refresh(c: Context<AppEnv>, refreshToken: string): Promise<Tokens> {
  const token = parseRefreshToken(refreshToken);
  if (!token || !isTagged(c.var.config.REFRESH_TOKEN_KEY, token)) return rejectToken(c);
  // Safe to repeat: a second rotation of the same token returns the same successor.
  const outcome = await callObject(() => hubOf(c.env, token.userId).rotateRefreshToken(token));
  return outcome.ok ? issueTokens(c, outcome.value) : rejectToken(c);
}

function rejectToken({ var: { cookieScope } }: Context<AppEnv>): never {
  if (cookieScope) cookieScope.isEnded = true;
  return reject("unauthenticated", "The refresh token is not valid, or no longer valid; log in again");
}
