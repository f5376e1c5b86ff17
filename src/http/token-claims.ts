import type { Config } from "../config.ts";
import { sessionOfToken } from "../domain/token-grant.ts";
import { parseTokenText, tokenHash } from "../domain/token-text.ts";
import { reject } from "../errors/app-error.ts";
import { LruMap } from "../lib/lru-map.ts";
import type { AccessClaims } from "./access-tokens.ts";

/** Verified tokens kept in one isolate, at most 4 KB each. */
const cachedTokens = 1_000;

const byConfig = new WeakMap<Config, LruMap<string, AccessClaims>>();

/**
 * Verifies a personal access token or a token of a bot or a server key. Its MAC is computed once in an isolate. Whether it was revoked only
 * the user's hub can decide.
 *
 * @throws `unauthenticated` when it was not issued by this Worker or has expired
 */
export function tokenClaims(config: Config, text: string): AccessClaims {
  let verified = byConfig.get(config);
  if (!verified) byConfig.set(config, (verified = new LruMap(cachedTokens)));
  let claims = verified.get(text);
  if (!claims) {
    const parsed = parseTokenText(config.REFRESH_TOKEN_KEY, text) ?? rejectToken();
    const { userId, tokenId, grant, expiresAt } = parsed;
    claims = {
      userId,
      sessionId: sessionOfToken(tokenId),
      generation: 0,
      expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
      grant,
      tokenHash: tokenHash(text),
    };
    verified.set(text, claims);
  }
  return claims.expiresAt > Date.now() ? claims : rejectToken();
}

const rejectToken = (): never => reject("unauthenticated", "The token is invalid, expired or revoked");
