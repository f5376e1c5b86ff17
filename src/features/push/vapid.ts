import { createECDH } from "node:crypto";
import { base64url, importJWK, SignJWT } from "jose";
import { type Config, pushContactOf } from "../../config.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { macOf } from "../../lib/macs.ts";

type KeyConfig = Pick<Config, "REFRESH_TOKEN_KEY">;
type PushConfig = KeyConfig & Pick<Config, "ENVIRONMENT" | "WEB_PUSH" | "VAPID_SUBJECT" | "PUBLIC_URL">;

/** The order of P-256 (SP 800-186 section 3.2.1.3). A private key is less than it, and not 0. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** How long a token is valid: at most 24 h are permitted (RFC 8292 section 2). */
const tokenLifetimeMs = 12 * 3_600_000;
/** How long a token is used again for the same push service. */
const tokenReuseMs = 3_600_000;
const cachedTokens = 100;

/** The key pair of this server (RFC 8292). */
interface VapidKeys {
  /** The uncompressed point, 65 bytes in base64url, as browsers and push services receive it. */
  publicKey: string;
  privateKey: string;
}

/** Returns whether this server sends pushes: see the var `WEB_PUSH`. */
export const isPushOn = (config: PushConfig): boolean =>
  config.WEB_PUSH === undefined
    ? config.ENVIRONMENT === "local" || pushContactOf(config) !== undefined
    : config.WEB_PUSH === "on";

const cachedKeys = new Map<string, VapidKeys>();

/**
 * Returns the key pair, which is derived from a secret of the Worker: the operator has no further secret to set. It changes together with
 * that secret, which ends all sessions, and so all subscriptions, as well.
 */
function vapidKeys({ REFRESH_TOKEN_KEY }: KeyConfig): VapidKeys {
  const cached = cachedKeys.get(REFRESH_TOKEN_KEY);
  if (cached) return cached;
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(derivePrivateKey(REFRESH_TOKEN_KEY));
  const keys = {
    publicKey: base64url.encode(pair.getPublicKey()),
    privateKey: base64url.encode(pair.getPrivateKey()),
  };
  cachedKeys.set(REFRESH_TOKEN_KEY, keys);
  return keys;
}

/** Derives a private key: the first of a series of MACs that is one (rejection sampling, FIPS 186-5 section A.2.2). */
function derivePrivateKey(secret: string): Uint8Array {
  for (let attempt = 0; ; attempt++) {
    const bytes = base64url.decode(macOf(secret, { purpose: "parley-vapid-1", message: String(attempt) }));
    const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
    if (value > 0n && value < order) return bytes;
  }
}

/** Returns the key with which browsers subscribe; null where Web Push is off. */
export const pushPublicKey = (config: PushConfig): string | null =>
  isPushOn(config) ? vapidKeys(config).publicKey : null;

/** Tokens by key and push service, and when they were signed. */
const tokens = new LruMap<string, { token: string; signedAt: number }>(cachedTokens);

/**
 * Returns the `Authorization` of a push: a token for the origin of the push service, and the public key (RFC 8292 sections 2 and 3). A
 * token is used for an hour, so that push services can cache its verification.
 */
export async function vapidAuthorization(
  config: PushConfig,
  endpoint: string,
  nowMs: number,
): Promise<string> {
  const { publicKey } = vapidKeys(config);
  const { origin } = new URL(endpoint);
  const name = `${publicKey} ${origin}`;
  let known = tokens.get(name);
  if (!known || Math.abs(nowMs - known.signedAt) > tokenReuseMs) {
    known = { token: await signToken(config, origin, nowMs), signedAt: nowMs };
    tokens.set(name, known);
  }
  return `vapid t=${known.token}, k=${publicKey}`;
}

async function signToken(config: PushConfig, origin: string, nowMs: number): Promise<string> {
  const { publicKey, privateKey: d } = vapidKeys(config);
  const point = base64url.decode(publicKey);
  const [x, y] = [base64url.encode(point.slice(1, 33)), base64url.encode(point.slice(33))];
  const key = await importJWK({ kty: "EC", crv: "P-256", x, y, d }, "ES256");
  const contact = pushContactOf(config);
  return new SignJWT(contact === undefined ? {} : { sub: contact })
    .setProtectedHeader({ typ: "JWT", alg: "ES256" })
    .setAudience(origin)
    .setExpirationTime(Math.floor((nowMs + tokenLifetimeMs) / 1_000))
    .sign(key);
}
