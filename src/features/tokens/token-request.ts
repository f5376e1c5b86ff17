import type { TokenGrant } from "../../domain/token-grant.ts";
import { invalidField } from "../../errors/app-error.ts";
import type { TokenScope } from "../../protocol/index.ts";

/** What a request asks a new token to permit. */
interface TokenRequest {
  scopes: TokenScope[];
  channelIds?: string[] | undefined;
  expiresAt?: string | undefined;
}

/**
 * Converts the request of a token. The channels are not looked up: one that its user may not read stays hidden from the token as well, and
 * the response must not say which channels exist.
 *
 * @throws `validation_failed` for a time that is not in the future
 */
export function grantOfRequest({ scopes, channelIds, expiresAt }: TokenRequest): {
  grant: TokenGrant;
  expiresAt: number | null;
} {
  const atMs = expiresAt === undefined ? null : Date.parse(expiresAt);
  if (atMs !== null && atMs <= Date.now()) throw invalidField("expiresAt", "Must be in the future");
  return { grant: { scopes, channelIds: channelIds ?? null }, expiresAt: atMs };
}
