import { z } from "zod";
import { randomToken } from "../lib/ids.ts";
import { isSameText, macOf, sha256Of } from "../lib/macs.ts";
import { ChannelId, TokenId, UserId } from "../protocol/index.ts";
import { TokenGrant, type TokenKind, tokenKinds } from "./token-grant.ts";

/** What the text of a token says. It never changes, so that a request is limited to it before any object is called. */
export interface TokenClaims {
  kind: TokenKind;
  userId: string;
  tokenId: string;
  grant: TokenGrant;
  /** Milliseconds since 1970; null: until it is revoked. */
  expiresAt: number | null;
}

/** The longest text, in characters: a token that is restricted to 50 channels has about 2,300. */
export const maxTokenTextLength = 3_072;

/** A kind, the claims in base64url, and a MAC of 32 bytes. */
const tokenForm = /^(pat|bot|app)_([\w-]+)\.([\w-]{43})$/;

/** User, token, first letters of the scopes, expiry, channels, secret. Ids are without their prefixes. */
const Payload = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.int().nullable(),
  z.array(z.string()).nullable(),
  z.string(),
]);

const secretBytes = 24;
const withoutPrefix = (id: string): string => id.slice(4);

/**
 * Returns the text of a new token, `<kind>_<claims and secret>.<MAC>`. Who knows the Worker's secret, but not this text, can't make
 * another one that is valid: the hub stores `tokenHash` of it.
 *
 * @param key a Worker secret in base64url
 */
export function newTokenText(key: string, { kind, userId, tokenId, grant, expiresAt }: TokenClaims): string {
  const payload: z.infer<typeof Payload> = [
    withoutPrefix(userId),
    withoutPrefix(tokenId),
    grant.scopes.map((scope) => scope.charAt(0)).join(""),
    expiresAt,
    grant.channelIds && grant.channelIds.map(withoutPrefix),
    randomToken(secretBytes),
  ];
  const signed = `${kind}_${Buffer.from(JSON.stringify(payload)).toString("base64url")}`;
  return `${signed}.${tokenMac(key, signed)}`;
}

/** Returns the claims of a token; undefined when its MAC is wrong, so that a forged token starts no object. Expiry is not checked. */
export function parseTokenText(key: string, text: string): TokenClaims | undefined {
  if (text.length > maxTokenTextLength) return undefined;
  const [, kind, encoded, mac] = tokenForm.exec(text) ?? [];
  if (!kind || !encoded || !mac || !isSameText(mac, tokenMac(key, `${kind}_${encoded}`))) return undefined;
  const [user, token, scopes, expiresAt, channels] = Payload.parse(
    JSON.parse(Buffer.from(encoded, "base64url").toString()),
  );
  return {
    kind: z.enum(tokenKinds).parse(kind),
    userId: UserId.parse(`usr_${user}`),
    tokenId: TokenId.parse(`tok_${token}`),
    grant: {
      scopes: TokenGrant.shape.scopes.element.options.filter((scope) => scopes.includes(scope.charAt(0))),
      channelIds: channels && channels.map((id) => ChannelId.parse(`chn_${id}`)),
    },
    expiresAt,
  };
}

/** Returns whether a bearer credential has the form of a token rather than that of an access token of a session. */
export const isTokenText = (text: string): boolean => /^(?:pat|bot|app)_/.test(text);

/** Returns what the hub stores of a token. Its input has 192 random bits, so that a fast hash suffices. */
export const tokenHash = (text: string): string => sha256Of(text);

const tokenMac = (key: string, signed: string): string =>
  macOf(key, { purpose: "parley-token-1", message: signed });
