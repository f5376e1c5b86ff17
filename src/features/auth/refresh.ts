import type { Config } from "../../config.ts";
import { reject } from "../../errors/app-error.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import type { Tokens } from "../../protocol/index.ts";
import { issueTokens } from "./log-in.ts";
import { isTagged, parseRefreshToken } from "./refresh-tokens.ts";

/** Trades a refresh token for new tokens, by the rules of the user's hub. Every refusal looks the same. */
export async function refresh(env: Env, config: Config, refreshToken: string): Promise<Tokens> {
  const token = parseRefreshToken(refreshToken);
  if (!token || !isTagged(config.REFRESH_TOKEN_KEY, token)) return noGood();
  // Safe to repeat: a second rotation of the same token gives the same successor.
  const outcome = await callObject(() => hubOf(env, token.userId).rotateRefreshToken(token));
  return outcome.ok ? issueTokens(config, outcome.value) : noGood();
}

const noGood = (): never => reject("unauthenticated", "This refresh token is not valid, or no longer");
