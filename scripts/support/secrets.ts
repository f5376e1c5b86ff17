import { randomBytes } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

/** Functions that generate the secrets of the Worker. */
export const secretMakers = {
  /** A private Ed25519 key as a JWK. Its `kid` is its RFC 7638 thumbprint, so that a key has the same id everywhere. */
  JWT_SIGNING_KEY: async () => {
    const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = await exportJWK(privateKey);
    return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "EdDSA", use: "sig" });
  },
  REFRESH_TOKEN_KEY: async () => randomBytes(32).toString("base64url"),
  SETUP_TOKEN: async () => randomBytes(24).toString("base64url"),
};

export type SecretName = keyof typeof secretMakers;

/** Whether the Worker has a secret of this name. */
export function isSecretName(name: string): name is SecretName {
  return Object.hasOwn(secretMakers, name);
}
