import { decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../config.ts";
import { reject } from "../errors/app-error.ts";
import { LruMap } from "../lib/lru-map.ts";
import { randomToken } from "../lib/ids.ts";
import { SessionId, UserId } from "../protocol/index.ts";

/** RFC 9068's type: no other JWT that bears our signature passes for an access token. */
const tokenType = "at+jwt";
const algorithm = "EdDSA";
const cachedTokens = 1_000;
/** Ours have about 500. */
const maxTokenLength = 2_048;

const KeyBase = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string().min(1),
});
const SigningKey = KeyBase.extend({ d: z.string() });

const Claims = z.object({ sub: UserId, sid: SessionId, gen: z.int().min(0), exp: z.int() });

/** Whom a valid token names, and until when (ms since 1970). Whether that session still lives, only the user's hub knows. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  /** Of the refresh token that was issued with it. */
  generation: number;
  expiresAt: number;
}

type Key = Exclude<Awaited<ReturnType<typeof importJWK>>, Uint8Array>;

/** Makes and verifies access tokens under one configuration. Keys are imported once; so is the signature of each token checked. */
export class AccessTokens {
  readonly #config: Config;
  readonly #signingKey: z.infer<typeof SigningKey>;
  readonly #publicKeys: z.infer<typeof KeyBase>[];
  readonly #verified = new LruMap<string, AccessClaims>(cachedTokens);
  #signer: Key | undefined;
  #verifiers: Map<string, Key> | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#signingKey = parseKey("JWT_SIGNING_KEY", SigningKey, config.JWT_SIGNING_KEY);
    this.#publicKeys = [
      KeyBase.parse(this.#signingKey),
      ...parseKey("JWT_RETIRED_KEYS", z.array(KeyBase), config.JWT_RETIRED_KEYS),
    ];
  }

  /** How many verified tokens are held, for tests of the bound. */
  get cached(): number {
    return this.#verified.size;
  }

  /** The public keys as RFC 7517 has them. */
  get keySet() {
    return { keys: this.#publicKeys.map((key) => ({ ...key, alg: algorithm, use: "sig" })) };
  }

  /** A token for a session, for `ACCESS_TOKEN_SECONDS`. `generation`: of the refresh token that goes with it. */
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

  /** What a token says, if we signed it for this use and it has not expired; else `unauthenticated`. */
  async verify(token: string): Promise<AccessClaims> {
    const known = this.#verified.get(token);
    if (known && known.expiresAt > Date.now()) return known;
    this.#verified.delete(token);
    const claims = await this.#check(token);
    this.#verified.set(token, claims);
    return claims;
  }

  async #check(token: string): Promise<AccessClaims> {
    if (token.length > maxTokenLength) return rejectToken();
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

/** The one for this configuration, so that its caches are shared by all requests of the isolate. */
export function accessTokens(config: Config): AccessTokens {
  let tokens = byConfig.get(config);
  if (!tokens) byConfig.set(config, (tokens = new AccessTokens(config)));
  return tokens;
}

const rejectToken = (): never => reject("unauthenticated", "The access token is not valid, or no longer");

async function importKey(jwk: JWK): Promise<Key> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error("An Ed25519 key is wanted");
  return key;
}

/** Says which variable is wrong, never what is in it. */
function parseKey<T>(name: string, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error(
      `Wrong configuration: ${name} wants Ed25519 keys as JWK with a \`kid\`; \`npm run --silent secret -- JWT_SIGNING_KEY\` makes one.`,
    );
  }
}
