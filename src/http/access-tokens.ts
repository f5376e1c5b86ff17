import { base64url, decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../config.ts";
import type { TokenGrant } from "../domain/token-grant.ts";
import { reject } from "../errors/app-error.ts";
import { LruMap } from "../lib/lru-map.ts";
import { randomToken } from "../lib/ids.ts";
import { SessionId, UserId } from "../protocol/index.ts";

/** The `typ` of RFC 9068 section 2.1: no other JWT signed with our key is accepted as an access token. */
const tokenType = "at+jwt";
const algorithm = "EdDSA";
/** Verified tokens kept in one isolate, about 1 KB each. */
const cachedTokens = 1_000;
/** In characters. Our tokens have about 500. */
const maxTokenLength = 2_048;

const KeyBase = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string().min(1),
});
const SigningKey = KeyBase.extend({ d: z.string() });

const Claims = z.object({ sub: UserId, sid: SessionId, gen: z.int().min(0), exp: z.int() });

/** The claims of a valid token. Whether its session is still live only the user's hub can decide. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  /** The generation of the refresh token that was issued with it. */
  generation: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** What the token permits; absent for an access token of a session. */
  grant?: TokenGrant;
  /** `tokenHash` of the text of a token that is no access token of a session. */
  tokenHash?: string;
}

type Key = Exclude<Awaited<ReturnType<typeof importJWK>>, Uint8Array>;

/**
 * Issues and verifies access tokens (JWT with Ed25519 signatures) for one configuration. Each key is imported once, and the signature of
 * each token is verified once in an isolate.
 */
export class AccessTokens {
  readonly #config: Config;
  readonly #signingKey: z.infer<typeof SigningKey>;
  readonly #publicKeys: z.infer<typeof KeyBase>[];
  readonly #verified = new LruMap<string, AccessClaims>(cachedTokens);
  #signer: Key | undefined;
  #verifiers: Map<string, Key> | undefined;

  /** @throws Error when a key variable is not a valid JWK; the message names the variable, never its value */
  constructor(config: Config) {
    this.#config = config;
    this.#signingKey = parseKey("JWT_SIGNING_KEY", SigningKey, config.JWT_SIGNING_KEY);
    this.#publicKeys = [
      KeyBase.parse(this.#signingKey),
      ...parseKey("JWT_RETIRED_KEYS", z.array(KeyBase), config.JWT_RETIRED_KEYS),
    ];
  }

  /** The number of verified tokens in the cache, for tests of its limit. */
  get cached(): number {
    return this.#verified.size;
  }

  /** The public keys as a JWK set (RFC 7517), retired ones included. */
  get keySet() {
    return { keys: this.#publicKeys.map((key) => ({ ...key, alg: algorithm, use: "sig" })) };
  }

  /**
   * Issues a token for a session, valid for `ACCESS_TOKEN_SECONDS`.
   *
   * @param claims `generation`: of the refresh token that is issued with it
   */
  async issue({
    userId,
    sessionId,
    generation,
  }: {
    userId: string;
    sessionId: string;
    generation: number;
  }): Promise<string> {
    this.#signer ??= await importKey(this.#signingKey);
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return new SignJWT({ sid: sessionId, gen: generation })
      .setProtectedHeader({ alg: algorithm, kid: this.#signingKey.kid, typ: tokenType })
      .setIssuer(this.#config.JWT_ISSUER)
      .setAudience(this.#config.JWT_AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + this.#config.ACCESS_TOKEN_SECONDS)
      .setJti(randomToken(12))
      .sign(this.#signer);
  }

  /**
   * Verifies a token and returns its claims.
   *
   * @throws `unauthenticated` when the signature, issuer, audience, type or expiry is not valid
   */
  async verify(token: string): Promise<AccessClaims> {
    const cached = this.#verified.get(token);
    if (cached && cached.expiresAt > Date.now()) return cached;
    this.#verified.delete(token);
    const claims = await this.#check(token);
    this.#verified.set(token, claims);
    return claims;
  }

  async #check(token: string): Promise<AccessClaims> {
    if (token.length > maxTokenLength || !isCanonical(token)) return rejectToken();
    try {
      const { payload } = await jwtVerify(token, await this.#keyFor(token), {
        algorithms: [algorithm],
        typ: tokenType,
        issuer: this.#config.JWT_ISSUER,
        audience: this.#config.JWT_AUDIENCE,
        requiredClaims: ["sub", "sid", "gen", "iat", "exp", "jti"],
      });
      const { sub: userId, sid: sessionId, gen: generation, exp } = Claims.parse(payload);
      return { userId, sessionId, generation, expiresAt: exp * 1_000 };
    } catch {
      return rejectToken();
    }
  }

  async #keyFor(token: string): Promise<Key> {
    this.#verifiers ??= new Map(
      await Promise.all(this.#publicKeys.map(async (key) => [key.kid, await importKey(key)] as const)),
    );
    const key = this.#verifiers.get(decodeProtectedHeader(token).kid ?? "");
    return key ?? rejectToken();
  }
}

const byConfig = new WeakMap<Config, AccessTokens>();

/** Returns the instance for this configuration, whose caches all requests of the isolate share. */
export function accessTokens(config: Config): AccessTokens {
  let tokens = byConfig.get(config);
  if (!tokens) byConfig.set(config, (tokens = new AccessTokens(config)));
  return tokens;
}

/**
 * Whether each part is spelled as an encoder spells it. Decoders ignore the unused bits of the last character, so that the same signature
 * would have 16 spellings.
 */
function isCanonical(token: string): boolean {
  try {
    return token.split(".").every((part) => base64url.encode(base64url.decode(part)) === part);
  } catch {
    return false;
  }
}

const rejectToken = (): never =>
  reject("unauthenticated", "The access token is invalid or expired; refresh it");

async function importKey(jwk: JWK): Promise<Key> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error("The key is not an Ed25519 key");
  return key;
}

/** Parses a key variable. The error names the variable, never its value. */
function parseKey<T>(name: string, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error(
      `Invalid configuration: ${name} must contain Ed25519 keys as JWK with a \`kid\`; \`npm run --silent secret -- JWT_SIGNING_KEY\` generates one.`,
    );
  }
}
